import Store

extension Schema {
    /// Attribution's table: what each touch got of each conversion, one column a model and unit.
    ///
    /// Rows follow from facts and rules and are replaced with each version of a conversion; what an
    /// older version held stands in that version.
    static let m0010Credits = Migration(
        10, "credits",
        up: SQL(sqlite: Credits.sqlite, postgres: Credits.postgres),
        down: .script(SQL("DROP TABLE credit")))
}

private enum Credits {
    static let sqlite: StaticString = """
        CREATE TABLE credit (
            organization INTEGER NOT NULL REFERENCES organization (number),
            conversion INTEGER NOT NULL,
            touch BLOB NOT NULL CHECK (length(touch) = 16),
            at_us INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('ad_click', 'campaign_link', 'tagged', 'referral', 'direct')),
            channel TEXT NOT NULL,
            source TEXT NOT NULL,
            medium TEXT NOT NULL,
            campaign TEXT NOT NULL,
            last_touch_micros INTEGER NOT NULL,
            last_touch_billionths INTEGER NOT NULL CHECK (last_touch_billionths BETWEEN 0 AND 1000000000),
            last_non_direct_micros INTEGER NOT NULL,
            last_non_direct_billionths INTEGER NOT NULL CHECK (last_non_direct_billionths BETWEEN 0 AND 1000000000),
            last_ad_click_micros INTEGER NOT NULL,
            last_ad_click_billionths INTEGER NOT NULL CHECK (last_ad_click_billionths BETWEEN 0 AND 1000000000),
            first_touch_micros INTEGER NOT NULL,
            first_touch_billionths INTEGER NOT NULL CHECK (first_touch_billionths BETWEEN 0 AND 1000000000),
            linear_micros INTEGER NOT NULL,
            linear_billionths INTEGER NOT NULL CHECK (linear_billionths BETWEEN 0 AND 1000000000),
            position_based_micros INTEGER NOT NULL,
            position_based_billionths INTEGER NOT NULL CHECK (position_based_billionths BETWEEN 0 AND 1000000000),
            time_decay_micros INTEGER NOT NULL,
            time_decay_billionths INTEGER NOT NULL CHECK (time_decay_billionths BETWEEN 0 AND 1000000000),
            PRIMARY KEY (organization, conversion, touch)
        ) STRICT, WITHOUT ROWID;
        """

    static let postgres: StaticString = """
        CREATE TABLE credit (
            organization BIGINT NOT NULL REFERENCES organization (number),
            conversion BIGINT NOT NULL,
            touch BYTEA NOT NULL CHECK (length(touch) = 16),
            at_us BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('ad_click', 'campaign_link', 'tagged', 'referral', 'direct')),
            channel TEXT NOT NULL,
            source TEXT NOT NULL,
            medium TEXT NOT NULL,
            campaign TEXT NOT NULL,
            last_touch_micros BIGINT NOT NULL,
            last_touch_billionths BIGINT NOT NULL CHECK (last_touch_billionths BETWEEN 0 AND 1000000000),
            last_non_direct_micros BIGINT NOT NULL,
            last_non_direct_billionths BIGINT NOT NULL CHECK (last_non_direct_billionths BETWEEN 0 AND 1000000000),
            last_ad_click_micros BIGINT NOT NULL,
            last_ad_click_billionths BIGINT NOT NULL CHECK (last_ad_click_billionths BETWEEN 0 AND 1000000000),
            first_touch_micros BIGINT NOT NULL,
            first_touch_billionths BIGINT NOT NULL CHECK (first_touch_billionths BETWEEN 0 AND 1000000000),
            linear_micros BIGINT NOT NULL,
            linear_billionths BIGINT NOT NULL CHECK (linear_billionths BETWEEN 0 AND 1000000000),
            position_based_micros BIGINT NOT NULL,
            position_based_billionths BIGINT NOT NULL CHECK (position_based_billionths BETWEEN 0 AND 1000000000),
            time_decay_micros BIGINT NOT NULL,
            time_decay_billionths BIGINT NOT NULL CHECK (time_decay_billionths BETWEEN 0 AND 1000000000),
            PRIMARY KEY (organization, conversion, touch)
        );
        """
}

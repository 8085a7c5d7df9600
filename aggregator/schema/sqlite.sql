-- A reading copy of the aggregator's schema: every migration, in order. Made from
-- Sources/Aggregator/Schema, which is what runs; a test holds the two together.

-- 1: tenants

CREATE TABLE organization (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE site (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organization (number),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created_at_us INTEGER NOT NULL,
    UNIQUE (organization, number)
) STRICT;
CREATE TABLE collector (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organization (number),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created_at_us INTEGER NOT NULL,
    UNIQUE (organization, number)
) STRICT;

-- 2: ledger

CREATE TABLE ledger_epoch (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    collector INTEGER NOT NULL,
    epoch BLOB NOT NULL CHECK (length(epoch) = 16),
    parent BLOB CHECK (length(parent) = 16),
    shipper TEXT NOT NULL CHECK (length(shipper) BETWEEN 1 AND 64),
    sent_at_us INTEGER NOT NULL,
    clock_offset_ms INTEGER NOT NULL,
    first_batch_at_us INTEGER NOT NULL,
    last_batch_at_us INTEGER NOT NULL,
    UNIQUE (organization, collector, epoch),
    FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
) STRICT;
CREATE TABLE ledger_lane (
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL REFERENCES ledger_epoch (number),
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 2),
    parent_last_seq INTEGER CHECK (parent_last_seq >= 0),
    expected_seq INTEGER NOT NULL CHECK (expected_seq >= 1),
    chain_start BLOB CHECK (length(chain_start) = 32),
    chain BLOB CHECK (length(chain) = 32),
    accepted INTEGER NOT NULL CHECK (accepted >= 0),
    duplicate INTEGER NOT NULL CHECK (duplicate >= 0),
    rejected INTEGER NOT NULL CHECK (rejected >= 0),
    gaps INTEGER NOT NULL CHECK (gaps >= 0),
    assigned INTEGER NOT NULL CHECK (assigned >= 0),
    pending_from_us INTEGER NOT NULL,
    PRIMARY KEY (organization, epoch, lane),
    CHECK (accepted + duplicate + rejected + gaps = expected_seq - 1),
    CHECK (expected_seq = 1 OR chain IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_range (
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
    last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
    accepted INTEGER NOT NULL CHECK (accepted >= 0),
    duplicate INTEGER NOT NULL CHECK (duplicate >= 0),
    rejected INTEGER NOT NULL CHECK (rejected >= 0),
    chain_after BLOB CHECK (length(chain_after) = 32),
    line_digests BLOB NOT NULL,
    exceptions BLOB NOT NULL,
    UNIQUE (organization, epoch, lane, last_seq),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane),
    CHECK (accepted + duplicate + rejected = last_seq - first_seq + 1),
    CHECK (length(line_digests) = 8 * (last_seq - first_seq + 1))
) STRICT;
CREATE TABLE ledger_gap (
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
    last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
    stated_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, epoch, lane, last_seq),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_reason (
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('refused', 'rejected')),
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
    total INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (organization, epoch, lane, kind, reason),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_finding (
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN
        ('chain_mismatch', 'fork', 'behind', 'unknown_parent', 'parent_changed')),
    times INTEGER NOT NULL CHECK (times >= 1),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, epoch, lane, kind),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane)
) STRICT, WITHOUT ROWID;

-- 3: events

CREATE TABLE chunk (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    stored_at_us INTEGER NOT NULL,
    lines INTEGER NOT NULL CHECK (lines >= 1),
    has_header INTEGER NOT NULL CHECK (has_header IN (0, 1)),
    body BLOB NOT NULL,
    UNIQUE (organization, number),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane)
) STRICT;
CREATE TABLE event (
    organization INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    line INTEGER NOT NULL CHECK (line >= 0),
    site INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
    source INTEGER NOT NULL CHECK (source BETWEEN 0 AND 6),
    class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 3),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    occurred_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, chunk, line),
    FOREIGN KEY (organization, chunk) REFERENCES chunk (organization, number),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_by_time ON event (organization, site, occurred_at_us);
CREATE TABLE event_seen (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 3),
    id BLOB NOT NULL CHECK (length(id) BETWEEN 1 AND 128),
    received_at_us INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (organization, site, class, id)
) STRICT, WITHOUT ROWID;

-- 4: dead letters

CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    pointer TEXT NOT NULL CHECK (length(pointer) <= 512),
    event_id TEXT CHECK (length(event_id) BETWEEN 1 AND 128),
    line BLOB NOT NULL,
    stored_at_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('waiting', 'replayed', 'duplicate', 'discarded')),
    settled_at_us INTEGER,
    UNIQUE (organization, epoch, lane, seq),
    FOREIGN KEY (organization, epoch, lane)
        REFERENCES ledger_lane (organization, epoch, lane),
    CHECK ((state = 'waiting') = (settled_at_us IS NULL))
) STRICT;
CREATE INDEX dead_letter_waiting ON dead_letter (number, organization)
    WHERE state = 'waiting';

-- 5: work

CREATE TABLE work (
    organization INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (length(stage) BETWEEN 1 AND 32),
    chunk INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    free_at_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    PRIMARY KEY (stage, organization, chunk),
    FOREIGN KEY (organization, chunk) REFERENCES chunk (organization, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_by_time ON work (stage, free_at_us);

-- 6: accounts

CREATE TABLE organization_profile (
    organization INTEGER PRIMARY KEY REFERENCES organization (number),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100)
) STRICT;
CREATE TABLE audit_entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organization (number),
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 100),
    action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    subject TEXT NOT NULL CHECK (length(subject) <= 200),
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
CREATE INDEX audit_entry_by_organization ON audit_entry (organization, number);
CREATE VIEW accounts_organization AS SELECT number, id, created_at_us FROM organization;

-- 7: sites

CREATE TABLE site_profile (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 253),
    platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce', 'custom')),
    settings TEXT NOT NULL CHECK (length(settings) <= 65536),
    PRIMARY KEY (organization, site),
    UNIQUE (organization, name),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE site_credential (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'server')),
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    clear TEXT CHECK (length(clear) BETWEEN 1 AND 100),
    created_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER,
    CHECK ((kind = 'site') = (clear IS NOT NULL)),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT;
CREATE INDEX site_credential_by_site ON site_credential (organization, site);
CREATE TABLE site_secret (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce')),
    place INTEGER NOT NULL CHECK (place IN (0, 1)),
    sealed BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, site, platform, place),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE collector_profile (
    organization INTEGER NOT NULL,
    collector INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    settings INTEGER NOT NULL CHECK (settings >= 1),
    settings_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, collector),
    UNIQUE (organization, name),
    FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE collector_site (
    organization INTEGER NOT NULL,
    collector INTEGER NOT NULL,
    site INTEGER NOT NULL,
    PRIMARY KEY (organization, collector, site),
    FOREIGN KEY (organization, collector) REFERENCES collector (organization, number),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX collector_site_by_site ON collector_site (organization, site);
CREATE TABLE collector_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    collector INTEGER NOT NULL,
    fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    box_key BLOB NOT NULL CHECK (length(box_key) = 32),
    enrolled_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER,
    FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
) STRICT;
CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
    WHERE revoked_at_us IS NULL;
CREATE TABLE enrolment_token (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    collector INTEGER NOT NULL,
    token_id BLOB NOT NULL UNIQUE CHECK (length(token_id) = 32),
    sealed BLOB NOT NULL,
    expires_at_us INTEGER NOT NULL,
    used_by BLOB CHECK (length(used_by) = 32),
    FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
) STRICT;

-- 8: site policy

CREATE TABLE site_policy (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    policy TEXT NOT NULL CHECK (length(policy) <= 4096),
    version INTEGER NOT NULL CHECK (version >= 1),
    changed_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, site),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
CREATE VIEW sites_collector_in_force AS
    SELECT c.organization, c.site, c.collector FROM collector_site c
    JOIN collector_key k ON k.organization = c.organization
        AND k.collector = c.collector AND k.revoked_at_us IS NULL;
CREATE INDEX ledger_epoch_by_last_batch
    ON ledger_epoch (organization, collector, last_batch_at_us);
CREATE VIEW ingest_pending_from AS
    SELECT l.organization, e.collector, l.lane, l.pending_from_us
    FROM ledger_epoch e CROSS JOIN ledger_lane l
    WHERE l.organization = e.organization AND l.epoch = e.number
    AND e.number = (SELECT n.number FROM ledger_epoch n
        WHERE n.organization = e.organization AND n.collector = e.collector
        ORDER BY n.last_batch_at_us DESC, n.number DESC LIMIT 1);

-- 9: destinations

CREATE TABLE destination (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organization (number),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('google_data_manager')),
    customer TEXT NOT NULL CHECK (length(customer) = 10),
    login_customer TEXT CHECK (length(login_customer) = 10),
    action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 20),
    settings TEXT NOT NULL CHECK (length(settings) <= 65536),
    mode TEXT NOT NULL CHECK (mode IN ('observe', 'validate', 'live')),
    live_from_us INTEGER,
    hold_code TEXT CHECK (length(hold_code) BETWEEN 1 AND 100),
    hold_detail TEXT CHECK (length(hold_detail) BETWEEN 1 AND 100),
    hold_at_us INTEGER,
    hold_until_us INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at_us INTEGER NOT NULL,
    removed_at_us INTEGER,
    UNIQUE (organization, number),
    CHECK ((mode = 'live') = (live_from_us IS NOT NULL)),
    CHECK ((hold_code IS NULL) = (hold_at_us IS NULL)),
    CHECK ((hold_code IS NULL) = (hold_until_us IS NULL))
) STRICT;
CREATE UNIQUE INDEX destination_by_name ON destination (organization, name)
    WHERE removed_at_us IS NULL;
CREATE UNIQUE INDEX destination_by_action ON destination (organization, kind, customer, action)
    WHERE removed_at_us IS NULL;
CREATE TABLE destination_secret (
    organization INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, destination),
    FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE upload_request (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'over')),
    is_validation INTEGER NOT NULL CHECK (is_validation IN (0, 1)),
    doubt INTEGER NOT NULL CHECK (doubt IN (0, 1, 2)),
    uploads INTEGER NOT NULL CHECK (uploads BETWEEN 1 AND 2000),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    polls INTEGER NOT NULL CHECK (polls >= 0),
    losses INTEGER NOT NULL CHECK (losses >= 0),
    platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
    code TEXT CHECK (length(code) BETWEEN 1 AND 100),
    created_at_us INTEGER NOT NULL,
    next_at_us INTEGER,
    UNIQUE (organization, number),
    CHECK ((state = 'over') = (next_at_us IS NULL)),
    CHECK (state <> 'accepted' OR platform_id IS NOT NULL),
    FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
) STRICT;
CREATE INDEX upload_request_open ON upload_request (organization, destination, state, next_at_us)
    WHERE state <> 'over';
CREATE TABLE upload (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    conversion INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL CHECK (state IN ('held', 'due', 'sending', 'accepted', 'confirmed',
        'rejected', 'unknown', 'cancelled')),
    code TEXT CHECK (length(code) BETWEEN 1 AND 100),
    detail TEXT CHECK (length(detail) BETWEEN 1 AND 100),
    stop_code TEXT CHECK (length(stop_code) BETWEEN 1 AND 100),
    request INTEGER,
    rank INTEGER NOT NULL CHECK (rank IN (0, 1)),
    tries INTEGER NOT NULL CHECK (tries >= 0),
    occurred_at_us INTEGER NOT NULL,
    value_micros INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    wish TEXT NOT NULL,
    content TEXT,
    look_at_us INTEGER,
    until_us INTEGER,
    created_at_us INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL,
    UNIQUE (organization, number),
    UNIQUE (organization, destination, conversion, version),
    CHECK (state NOT IN ('held', 'rejected', 'unknown', 'cancelled') OR code IS NOT NULL),
    CHECK (state NOT IN ('sending', 'accepted') OR (request IS NOT NULL AND content IS NOT NULL)),
    FOREIGN KEY (organization, destination) REFERENCES destination (organization, number),
    FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
) STRICT;
CREATE UNIQUE INDEX upload_in_flight ON upload (organization, destination, conversion)
    WHERE state IN ('sending', 'accepted');
CREATE INDEX upload_due ON upload (organization, destination, rank, occurred_at_us DESC)
    WHERE state = 'due';
CREATE INDEX upload_held ON upload (organization, destination, look_at_us)
    WHERE state = 'held';
CREATE TABLE upload_transaction (
    organization INTEGER NOT NULL,
    conversion INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    transaction_id TEXT NOT NULL CHECK (length(transaction_id) BETWEEN 1 AND 300),
    PRIMARY KEY (organization, conversion, destination),
    UNIQUE (organization, destination, transaction_id),
    FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE upload_member (
    organization INTEGER NOT NULL,
    request INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 1999),
    upload INTEGER NOT NULL,
    PRIMARY KEY (organization, request, position),
    FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number),
    FOREIGN KEY (organization, upload) REFERENCES upload (organization, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_member_by_upload ON upload_member (organization, upload);
CREATE TABLE upload_attempt (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    request INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ingest', 'status')),
    at_us INTEGER NOT NULL,
    latency_us INTEGER NOT NULL CHECK (latency_us >= 0),
    outcome TEXT NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
    http_status INTEGER,
    code TEXT CHECK (length(code) BETWEEN 1 AND 100),
    platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
    FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
) STRICT;
CREATE INDEX upload_attempt_by_request ON upload_attempt (organization, request);

-- 10: credits

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

-- 11: facts

CREATE VIEW ingest_event AS SELECT organization, chunk, line FROM event;
CREATE TABLE fact (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 3),
    event_id BLOB NOT NULL CHECK (length(event_id) BETWEEN 1 AND 128),
    chunk INTEGER NOT NULL,
    line INTEGER NOT NULL CHECK (line >= 0),
    type TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
    source INTEGER NOT NULL CHECK (source BETWEEN 0 AND 6),
    occurred_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    visit BLOB CHECK (length(visit) = 16),
    body BLOB NOT NULL,
    UNIQUE (organization, site, class, event_id),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT;
CREATE UNIQUE INDEX fact_visit ON fact (organization, site, visit)
    WHERE visit IS NOT NULL;
CREATE TABLE fact_key (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    occurred_at_us INTEGER NOT NULL,
    fact INTEGER NOT NULL,
    PRIMARY KEY (organization, site, digest, occurred_at_us, fact)
) STRICT, WITHOUT ROWID;
INSERT INTO work (organization, stage, chunk, created_at_us, free_at_us, attempts)
    SELECT organization, 'timeline', number, stored_at_us, stored_at_us, 0 FROM chunk
    WHERE true ON CONFLICT DO NOTHING;

-- 12: conversions

CREATE TABLE merged_order (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
    order_id TEXT,
    order_name TEXT,
    state TEXT NOT NULL CHECK (state IN
        ('counted', 'pending', 'unconfirmed', 'test', 'withdrawn', 'refund_only')),
    is_claim INTEGER NOT NULL CHECK (is_claim IN (0, 1)),
    body TEXT NOT NULL,
    changed_at_us INTEGER NOT NULL,
    UNIQUE (organization, site, identity),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT;
CREATE INDEX merged_order_by_id ON merged_order (organization, order_id);
CREATE INDEX merged_order_by_name ON merged_order (organization, order_name);
CREATE TABLE conversion (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    assignment TEXT NOT NULL CHECK (length(assignment) BETWEEN 1 AND 64),
    identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
    definition TEXT NOT NULL CHECK (length(definition) BETWEEN 1 AND 64),
    definition_version INTEGER NOT NULL CHECK (definition_version >= 1),
    status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
    reason TEXT CHECK (length(reason) <= 200),
    value_micros INTEGER NOT NULL CHECK (value_micros >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    consent TEXT NOT NULL CHECK (length(consent) <= 32),
    occurred_at_us INTEGER NOT NULL,
    arrived_at_us INTEGER NOT NULL,
    settled_at_us INTEGER,
    retired_at_us INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    changed_at_us INTEGER NOT NULL,
    person BLOB CHECK (length(person) = 16),
    is_claim INTEGER NOT NULL CHECK (is_claim IN (0, 1)),
    UNIQUE (organization, number),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number),
    CHECK (status <> 'withdrawn' OR value_micros = 0),
    CHECK (retired_at_us IS NULL OR status = 'withdrawn')
) STRICT;
CREATE UNIQUE INDEX conversion_by_id ON conversion (organization, id)
    WHERE retired_at_us IS NULL;
CREATE UNIQUE INDEX conversion_in_force
    ON conversion (organization, site, identity, assignment) WHERE retired_at_us IS NULL;
CREATE INDEX conversion_by_identity ON conversion (organization, site, identity);
CREATE INDEX conversion_by_time ON conversion (organization, site, occurred_at_us);
CREATE INDEX conversion_by_person
    ON conversion (organization, site, person, occurred_at_us);
CREATE INDEX conversion_retired ON conversion (organization, id)
    WHERE retired_at_us IS NOT NULL;
CREATE INDEX conversion_unsettled ON conversion (organization, site, arrived_at_us)
    WHERE settled_at_us IS NULL;
CREATE TABLE conversion_version (
    organization INTEGER NOT NULL,
    conversion INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    at_us INTEGER NOT NULL,
    cause TEXT NOT NULL CHECK (length(cause) BETWEEN 1 AND 200),
    status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
    reason TEXT CHECK (length(reason) <= 200),
    value_micros INTEGER NOT NULL CHECK (value_micros >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    consent TEXT NOT NULL CHECK (length(consent) <= 32),
    occurred_at_us INTEGER NOT NULL,
    identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
    definition_version INTEGER NOT NULL CHECK (definition_version >= 1),
    credits TEXT NOT NULL,
    PRIMARY KEY (organization, conversion, version),
    FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
) STRICT;
CREATE TABLE conversion_alias (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    conversion INTEGER NOT NULL,
    PRIMARY KEY (organization, id),
    FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
) STRICT, WITHOUT ROWID;
CREATE VIEW conversions_current AS
    SELECT c.organization, c.number, c.id, c.site, c.assignment, c.identity, c.definition,
        c.definition_version, c.status, c.reason, c.value_micros, c.currency, c.consent,
        c.occurred_at_us, c.arrived_at_us, c.settled_at_us, c.retired_at_us, c.version,
        c.changed_at_us, c.person, c.is_claim, v.credits
    FROM conversion c JOIN conversion_version v ON v.organization = c.organization
        AND v.conversion = c.number AND v.version = c.version;

-- 13: pipeline

CREATE TABLE pipeline_stale (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    anchor TEXT NOT NULL CHECK (length(anchor) BETWEEN 3 AND 65536),
    cause TEXT NOT NULL CHECK (length(cause) BETWEEN 1 AND 64),
    free_at_us INTEGER NOT NULL,
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT;
CREATE INDEX pipeline_stale_by_time ON pipeline_stale (free_at_us, number);
CREATE VIEW conversions_order AS SELECT organization, site, identity FROM merged_order;

-- 14: links

CREATE TABLE site_link (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    target TEXT NOT NULL CHECK (length(target) BETWEEN 1 AND 2048),
    platform TEXT CHECK (length(platform) BETWEEN 1 AND 200),
    channel TEXT CHECK (length(channel) BETWEEN 1 AND 200),
    placement TEXT CHECK (length(placement) BETWEEN 1 AND 200),
    video_id TEXT CHECK (length(video_id) BETWEEN 1 AND 200),
    utm_source TEXT CHECK (length(utm_source) BETWEEN 1 AND 200),
    utm_medium TEXT CHECK (length(utm_medium) BETWEEN 1 AND 200),
    utm_campaign TEXT CHECK (length(utm_campaign) BETWEEN 1 AND 200),
    utm_term TEXT CHECK (length(utm_term) BETWEEN 1 AND 200),
    utm_content TEXT CHECK (length(utm_content) BETWEEN 1 AND 200),
    window_days INTEGER CHECK (window_days BETWEEN 1 AND 90),
    expires_at_us INTEGER,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    removed_at_us INTEGER,
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT;
CREATE UNIQUE INDEX site_link_by_code ON site_link (organization, code)
    WHERE removed_at_us IS NULL;
CREATE INDEX site_link_by_site ON site_link (organization, site);
CREATE TABLE site_link_host (
    organization INTEGER NOT NULL REFERENCES organization (number),
    host TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 255),
    PRIMARY KEY (organization, host)
) STRICT, WITHOUT ROWID;
CREATE TABLE site_secret_by_use (
    organization INTEGER NOT NULL,
    site INTEGER NOT NULL,
    use TEXT NOT NULL CHECK (use IN ('shopify', 'woocommerce', 'signing')),
    place INTEGER NOT NULL CHECK (place IN (0, 1)),
    sealed BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (organization, site, use, place),
    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
) STRICT, WITHOUT ROWID;
INSERT INTO site_secret_by_use (organization, site, use, place, sealed, created_at_us)
    SELECT organization, site, platform, place, sealed, created_at_us FROM site_secret;
DROP TABLE site_secret;
ALTER TABLE site_secret_by_use RENAME TO site_secret;

-- 15: known links

CREATE VIEW sites_link AS SELECT organization, site, id FROM site_link

-- 16: key_overlap

ALTER TABLE collector_key ADD COLUMN retires_at_us INTEGER;
DROP INDEX collector_key_in_force;
CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
    WHERE revoked_at_us IS NULL AND retires_at_us IS NULL

-- 17: organization keys

CREATE TABLE work_by_organization (
    organization INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (length(stage) BETWEEN 1 AND 32),
    created_at_us INTEGER NOT NULL,
    free_at_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    PRIMARY KEY (organization, chunk, stage),
    FOREIGN KEY (organization, chunk) REFERENCES chunk (organization, number)
) STRICT, WITHOUT ROWID;
INSERT INTO work_by_organization (organization, chunk, stage, created_at_us, free_at_us,
        attempts)
    SELECT organization, chunk, stage, created_at_us, free_at_us, attempts FROM work;
DROP TABLE work;
ALTER TABLE work_by_organization RENAME TO work;
CREATE INDEX work_by_time ON work (organization, stage, free_at_us);
DROP INDEX pipeline_stale_by_time;
CREATE INDEX pipeline_stale_by_time
    ON pipeline_stale (organization, site, free_at_us, number);
DROP INDEX dead_letter_waiting;
CREATE INDEX dead_letter_waiting ON dead_letter (organization, number)
    WHERE state = 'waiting';

-- 18: partitions

CREATE INDEX chunk_by_time ON chunk (organization, stored_at_us);

-- 19: retention

CREATE TABLE organization_retention (
    organization INTEGER PRIMARY KEY REFERENCES organization (number),
    event_days INTEGER NOT NULL CHECK (event_days BETWEEN 8 AND 36500),
    changed_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE ingest_expired (
    organization INTEGER PRIMARY KEY REFERENCES organization (number),
    events INTEGER NOT NULL CHECK (events >= 0),
    chunks INTEGER NOT NULL CHECK (chunks >= 0),
    ids INTEGER NOT NULL CHECK (ids >= 0),
    ids_read_at_us INTEGER NOT NULL
) STRICT;

-- 20: upload leases

CREATE TABLE destination_lease (
    organization INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    holder BLOB NOT NULL CHECK (length(holder) = 16),
    taken_at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (organization, destination),
    FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
) STRICT, WITHOUT ROWID

-- 21: aggregator keys

CREATE TABLE sealing_key (
    number INTEGER PRIMARY KEY CHECK (number = 1),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    since_us INTEGER NOT NULL
) STRICT;
CREATE TABLE signing_key (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
    statement TEXT CHECK (length(statement) BETWEEN 1 AND 4096),
    since_us INTEGER NOT NULL,
    in_force INTEGER UNIQUE CHECK (in_force = 1),
    sealed BLOB,
    CHECK ((number = 1) = (statement IS NULL)),
    CHECK ((in_force IS NULL) = (sealed IS NULL))
) STRICT

-- 22: transfer state

CREATE TABLE transfer_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    state TEXT NOT NULL CHECK (state IN ('importing', 'trial', 'moved')),
    note TEXT NOT NULL CHECK (length(note) BETWEEN 1 AND 200),
    since_us INTEGER NOT NULL
) STRICT;

-- 23: queue storage

DROP INDEX dead_letter_waiting;
CREATE INDEX dead_letter_waiting ON dead_letter (number, organization)
    WHERE state = 'waiting'

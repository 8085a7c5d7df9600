import Store

extension Schema {
    /// Leads every key by the organization, so that PostgreSQL's tables can be distributed by it
    /// (`Schema.tables`), and a claim of one organization's work reads nobody else's.
    ///
    /// SQLite follows where it is cheap and some query gains: the queues. Its tables of many rows keep
    /// their rowid as key: it is what indexes hold, 8 bytes at most; a wider key would cost a second
    /// index and buy nothing on one machine.
    static let m0017OrganizationKeys = Migration(
        17, "organization keys",
        up: SQL(sqlite: OrganizationKeys.sqlite, postgres: OrganizationKeys.postgres),
        down: .refused(
            "Older programs look rows up by other keys. Restore the backup that was made before the upgrade."
        ))
}

private enum OrganizationKeys {
    static let sqlite: StaticString = """
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
        """

    static let postgres: StaticString = """
        ALTER TABLE ledger_lane DROP CONSTRAINT ledger_lane_epoch_fkey;
        ALTER TABLE ledger_epoch DROP CONSTRAINT ledger_epoch_pkey,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE ledger_lane ADD FOREIGN KEY (organization, epoch)
            REFERENCES ledger_epoch (organization, number);
        ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_pkey,
            ADD PRIMARY KEY (organization, number);
        DROP INDEX dead_letter_waiting;
        CREATE INDEX dead_letter_waiting ON dead_letter (organization, number)
            WHERE state = 'waiting';
        ALTER TABLE work DROP CONSTRAINT work_pkey,
            ADD PRIMARY KEY (organization, chunk, stage);
        DROP INDEX work_by_time;
        CREATE INDEX work_by_time ON work (organization, stage, free_at_us);
        ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey,
            ADD PRIMARY KEY (organization, number);
        DROP INDEX audit_entry_by_organization;
        ALTER TABLE destination DROP CONSTRAINT destination_pkey,
            DROP CONSTRAINT destination_organization_number_key CASCADE,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE upload_request DROP CONSTRAINT upload_request_pkey,
            DROP CONSTRAINT upload_request_organization_number_key CASCADE,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE upload DROP CONSTRAINT upload_pkey,
            DROP CONSTRAINT upload_organization_number_key CASCADE,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE upload_attempt DROP CONSTRAINT upload_attempt_pkey,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE conversion DROP CONSTRAINT conversion_pkey,
            DROP CONSTRAINT conversion_organization_number_key CASCADE,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE destination_secret ADD FOREIGN KEY (organization, destination)
            REFERENCES destination (organization, number);
        ALTER TABLE upload_request ADD FOREIGN KEY (organization, destination)
            REFERENCES destination (organization, number);
        ALTER TABLE upload ADD FOREIGN KEY (organization, destination)
            REFERENCES destination (organization, number),
            ADD FOREIGN KEY (organization, request)
            REFERENCES upload_request (organization, number);
        ALTER TABLE upload_transaction ADD FOREIGN KEY (organization, destination)
            REFERENCES destination (organization, number);
        ALTER TABLE upload_member ADD FOREIGN KEY (organization, request)
            REFERENCES upload_request (organization, number),
            ADD FOREIGN KEY (organization, upload) REFERENCES upload (organization, number);
        ALTER TABLE upload_attempt ADD FOREIGN KEY (organization, request)
            REFERENCES upload_request (organization, number);
        ALTER TABLE conversion_version ADD FOREIGN KEY (organization, conversion)
            REFERENCES conversion (organization, number);
        ALTER TABLE conversion_alias ADD FOREIGN KEY (organization, conversion)
            REFERENCES conversion (organization, number);
        ALTER TABLE fact DROP CONSTRAINT fact_pkey, ADD PRIMARY KEY (organization, number);
        ALTER TABLE merged_order DROP CONSTRAINT merged_order_pkey,
            ADD PRIMARY KEY (organization, number);
        ALTER TABLE pipeline_stale DROP CONSTRAINT pipeline_stale_pkey,
            ADD PRIMARY KEY (organization, number);
        DROP INDEX pipeline_stale_by_time;
        CREATE INDEX pipeline_stale_by_time
            ON pipeline_stale (organization, site, free_at_us, number);
        ALTER TABLE site_link DROP CONSTRAINT site_link_pkey,
            DROP CONSTRAINT site_link_id_key,
            ADD PRIMARY KEY (organization, number), ADD UNIQUE (organization, id);
        """
}

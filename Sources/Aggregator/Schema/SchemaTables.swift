/// Where a table's rows live once PostgreSQL is several servers (Citus).
package enum TableKind: String, Sendable {
    /// Each organization's rows on one server, chosen by the column `organization`: every key leads with
    /// it, and every statement of ingest and pipeline names it.
    case distributed
    /// All rows on every server: small, changed rarely, and looked up before the organization is known.
    case reference
    /// All rows on the server that is connected to; nobody joins them.
    case local
}

/// A table of the schema, and where its rows live.
package struct SchemaTable: Sendable, Equatable {
    /// As `CREATE TABLE` names it; partitions go with their table.
    package let name: String
    /// Where its rows live.
    package let kind: TableKind

    private init(_ name: String, _ kind: TableKind) { (self.name, self.kind) = (name, kind) }

    fileprivate static func distributed(_ names: String...) -> [SchemaTable] {
        names.map { SchemaTable($0, .distributed) }
    }

    fileprivate static func reference(_ names: String...) -> [SchemaTable] {
        names.map { SchemaTable($0, .reference) }
    }

    fileprivate static func local(_ names: String...) -> [SchemaTable] {
        names.map { SchemaTable($0, .local) }
    }
}

extension Schema {
    /// Every table, those that others point to before them. A test compares it with a database's own
    /// catalogue. To whom a table belongs, `SchemaTests` of the house finds by who uses it.
    package static let tables: [SchemaTable] =
        SchemaTable.local("schema_migration", "transfer_state", "sealing_key", "signing_key")
        + SchemaTable.reference(
            "organization", "organization_profile", "organization_retention", "site",
            "site_profile", "site_policy",
            "site_credential", "site_secret", "collector", "collector_profile", "collector_site",
            "collector_key", "enrolment_token")
        + SchemaTable.distributed(
            "audit_entry", "site_link", "site_link_host", "ledger_epoch", "ledger_lane",
            "ledger_range", "ledger_gap", "ledger_reason", "ledger_finding", "chunk", "event",
            "event_seen", "ingest_expired", "dead_letter", "work", "fact", "fact_key",
            "merged_order", "conversion",
            "conversion_version", "conversion_alias", "credit", "pipeline_stale", "destination",
            "destination_secret", "destination_lease", "upload_request", "upload",
            "upload_transaction",
            "upload_member", "upload_attempt")
}

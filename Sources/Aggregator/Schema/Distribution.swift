package import Store

/// Spreads the tables over several servers, where the PostgreSQL database has the extension Citus:
/// `Schema.tables` says which table goes where.
///
/// A table at a time, each in a transaction of its own: what was cut off is taken up by the next call,
/// and what is spread already is left alone. Without the extension, and on SQLite, nothing happens.
package enum Distribution {
    /// Spreads what is not spread yet; after the migrations, before anybody works on the database.
    /// - Returns: the tables that were spread, in order.
    package static func apply(to store: Store) async throws -> [String] {
        guard store.kind == .postgres, try await store.read({ try hasExtension(in: $0) }) else {
            return []
        }
        var done: [String] = []
        for table in Schema.tables where table.kind != .local {
            let isNew = try await store.write { try spread(table, in: $0) }
            if isNew { done.append(table.name) }
        }
        return done
    }

    private static func hasExtension(in tx: Transaction) throws(StoreFault) -> Bool {
        try tx.first(Self.hasExtension) { $0.flag(0) } ?? false
    }

    /// Rows that are there move to where they belong, which may take long: as a migration.
    /// - Returns: false where it was spread before.
    private static func spread(_ table: SchemaTable, in tx: Transaction) throws(StoreFault) -> Bool
    {
        try tx.lock(LockName("distribution"))
        guard try tx.first(Self.known, .text(table.name), make: { _ in true }) == nil else {
            return false
        }
        try tx.execute(Self.oneByOne)
        let call = table.kind == .reference ? Self.makeReference : Self.makeDistributed
        _ = try tx.first(call, .text(table.name)) { _ in true }
        return true
    }

    private static let hasExtension = SQL(
        "SELECT count(*) FROM pg_extension WHERE extname = 'citus'")
    /// Citus's own catalogue of what it spreads.
    private static let known = SQL(
        "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = CAST($1 AS regclass)")
    /// Tables with foreign keys to others are worked on by one connection to each server.
    private static let oneByOne = SQL("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    private static let makeReference = SQL("SELECT create_reference_table(CAST($1 AS regclass))")
    /// Tables that are spread by columns of one type lie together, an organization's on one server.
    private static let makeDistributed = SQL(
        "SELECT create_distributed_table(CAST($1 AS regclass), 'organization')")
}

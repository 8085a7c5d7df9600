package import Time

/// Brings a database's schema forward and back, one migration a transaction.
///
/// Every step looks again at what the database has, inside its own transaction: two programs that
/// migrate at once do not apply a migration twice.
package struct Migrator: Sendable {
    private let migrations: [Migration]

    /// - Parameter migrations: all of the program, numbered from 1 without a gap.
    package init(_ migrations: [Migration]) {
        precondition(
            migrations.map(\.number) == Array(1..<migrations.count + 1),
            "Migrations are numbered from 1 without a gap.")
        self.migrations = migrations
    }

    /// Compares the program's migrations with the database's, and changes nothing.
    /// - Throws: `MigrationRefusal`, or a `StoreFault`.
    package func status(of store: Store) async throws -> MigrationStatus {
        try await store.read { try status(in: $0) }
    }

    /// Applies what is missing, and says what that was. The caller makes a backup first.
    /// - Throws: `MigrationRefusal`, or the `StoreFault` of the first migration that failed; those
    ///   before it stay applied.
    package func up(_ store: Store, at now: Timestamp) async throws -> [Migration] {
        var done: [Migration] = []
        while let one = try await store.write({ try applyNext(in: $0, at: now) }) {
            done.append(one)
        }
        return done
    }

    /// Undoes the newest migrations down to a version, and says what that was.
    /// - Throws: `MigrationRefusal.noWayBack` before anything is undone; else as `up`.
    package func down(_ store: Store, to version: Int) async throws -> [Migration] {
        precondition(version >= 0, "A version is 0 or more.")
        var done: [Migration] = []
        while let one = try await store.write({ try undoLast(in: $0, to: version) }) {
            done.append(one)
        }
        return done
    }

    /// Applies what is missing in one transaction and undoes it all: proves that it would go well.
    package func dryRun(_ store: Store, at now: Timestamp) async throws -> [Migration] {
        do {
            return try await store.write { tx in
                var done: [Migration] = []
                while let one = try applyNext(in: tx, at: now) { done.append(one) }
                throw DryRunEnd(applied: done)
            }
        } catch let end as DryRunEnd {
            return end.applied
        }
    }

    /// Carries a dry run's result past the rollback that it causes.
    private struct DryRunEnd: Error {
        let applied: [Migration]
    }

    private func applyNext(in tx: Transaction, at now: Timestamp) throws -> Migration? {
        try tx.lock(Self.lockName)
        try tx.execute(Self.createTable)
        guard let next = try status(in: tx).pending.first else { return nil }
        try tx.execute(next.up)
        try tx.run(
            Self.insert, .integer(Int64(next.number)), .text(next.name), .text(next.digest),
            .timestamp(now))
        return next
    }

    private func undoLast(in tx: Transaction, to version: Int) throws -> Migration? {
        try tx.lock(Self.lockName)
        let current = try status(in: tx).version
        guard current > version else { return nil }
        for one in migrations[version..<current].reversed() {
            guard case .refused(let reason) = one.down else { continue }
            throw MigrationRefusal.noWayBack(number: one.number, reason: "\(reason)")
        }
        let last = migrations[current - 1]
        guard case .script(let script) = last.down else { return nil }
        try tx.execute(script)
        try tx.run(Self.delete, .integer(Int64(current)))
        return last
    }

    private func status(in tx: Transaction) throws -> MigrationStatus {
        let hasTable = try tx.first(Self.hasTable) { $0.flag(0) } ?? false
        let applied =
            try hasTable
            ? tx.all(Self.select) { row in
                AppliedMigration(
                    number: Int(row.integer(0)), name: row.text(1), digest: row.text(2),
                    appliedAt: row.timestamp(3))
            } : []
        return try MigrationStatus(known: migrations, applied: applied)
    }

    /// Programs that start at the same time migrate one after another.
    private static let lockName = LockName("migrate")

    private static let hasTable = SQL(
        sqlite: "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'",
        postgres: "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_migration'")

    /// SQLite's `STRICT` has no equal in PostgreSQL, which is always strict.
    private static let createTable = SQL(
        sqlite: """
            CREATE TABLE IF NOT EXISTS schema_migration (
                number INTEGER PRIMARY KEY CHECK (number > 0), name TEXT NOT NULL,
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                applied_at_us INTEGER NOT NULL
            ) STRICT
            """,
        postgres: """
            CREATE TABLE IF NOT EXISTS schema_migration (
                number BIGINT PRIMARY KEY CHECK (number > 0), name TEXT NOT NULL,
                digest TEXT NOT NULL CHECK (length(digest) = 64),
                applied_at_us BIGINT NOT NULL
            )
            """)

    private static let select = SQL(
        "SELECT number, name, digest, applied_at_us FROM schema_migration ORDER BY number")

    private static let insert = SQL(
        """
        INSERT INTO schema_migration (number, name, digest, applied_at_us)
        VALUES ($1, $2, $3, $4)
        """)

    private static let delete = SQL("DELETE FROM schema_migration WHERE number = $1")
}

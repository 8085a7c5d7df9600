import Crypto
package import Time

/// One numbered step of the schema: texts only, so that nothing that changes later changes it.
package struct Migration: Sendable {
    /// How to undo a migration.
    package enum WayBack: Sendable {
        /// Undoes it and loses nothing that was stored before it.
        case script(SQL)
        /// Would lose data, or cannot be done; the sentence tells the operator what to do instead.
        case refused(StaticString)
    }

    /// Its place in the one line, from 1 without a gap.
    package let number: Int
    /// What it brings, in a few words.
    package let name: String
    let up: SQL
    let down: WayBack

    /// - Parameter up: any number of statements.
    package init(_ number: Int, _ name: StaticString, up: SQL, down: WayBack) {
        self.number = number
        self.name = "\(name)"
        self.up = up
        self.down = down
    }

    /// What it runs on each database, for reading copies of the whole schema.
    package var texts: (sqlite: String, postgres: String) { (up.sqlite, up.postgres) }

    /// SHA-256 of number, name and all texts, in hexadecimal digits: the same on both databases.
    /// Frozen once released; a room's test keeps it.
    package var digest: String {
        let way =
            switch down {
            case .script(let sql): [sql.sqlite, sql.postgres]
            case .refused(let reason): ["\(reason)"]
            }
        let parts = ["\(number)", name, up.sqlite, up.postgres] + way
        return SHA256Digest(of: Array(parts.joined(separator: "\0").utf8)).hex
    }
}

/// A migration as the database remembers it.
package struct AppliedMigration: Sendable, Equatable {
    /// Its place in the line.
    package let number: Int
    /// Its name when it was applied.
    package let name: String
    /// Its digest when it was applied.
    package let digest: String
    /// When it was applied.
    package let appliedAt: Timestamp
}

/// Why a database is not migrated. Each needs a person.
package enum MigrationRefusal: Error, Equatable {
    /// The text of a migration differs from the one that was applied.
    case altered(number: Int)
    /// The database has a migration that this program does not know: it was made by a newer one.
    case fromTheFuture(number: Int, newestKnown: Int)
    /// The database lacks a migration below one it has.
    case incomplete(missing: Int)
    /// The migration cannot be undone; the reason says what to do instead.
    case noWayBack(number: Int, reason: String)
}

/// What stands between a program's migrations and a database's. Knows no database.
package struct MigrationStatus: Sendable {
    /// What the database has, in order.
    package let applied: [AppliedMigration]
    /// What it lacks, in order.
    package let pending: [Migration]

    /// The database's version; 0 when it is empty.
    package var version: Int { applied.last?.number ?? 0 }

    /// - Parameter applied: ascending by number.
    init(known: [Migration], applied: [AppliedMigration]) throws(MigrationRefusal) {
        for (index, one) in applied.enumerated() {
            guard one.number <= known.count else {
                throw .fromTheFuture(number: one.number, newestKnown: known.count)
            }
            guard one.number == index + 1 else { throw .incomplete(missing: index + 1) }
            guard one.digest == known[index].digest else { throw .altered(number: one.number) }
        }
        self.applied = applied
        self.pending = Array(known.dropFirst(applied.count))
    }
}

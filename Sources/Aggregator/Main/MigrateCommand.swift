import Daemon
import HTTP
import Schema
import Store
import Time

/// `migrate …`: works on the database itself, under the daemon's lock. Only the status is also to be
/// had of a running daemon.
struct MigrateCommand {
    private let place: AggregatorPlace
    private let migrator = Migrator(Schema.migrations)

    init(_ place: AggregatorPlace) { self.place = place }

    /// 0 done, 1 refused or failed.
    func run(_ invocation: CommandInvocation) async -> Int32 {
        do {
            if let reply = try await runningDaemon(invocation) {
                Terminal.tell(reply.output)
                return reply.exitStatus
            }
            try BoundedFile.makeDirectory(place.directory)
            let lock = try FileLock(place.lock)
            let data = try AggregatorData(place)
            let text = try await perform(invocation, on: data)
            await data.store.close()
            _ = consume lock
            Terminal.tell(text)
            return 0
        } catch let refusal as MigrationRefusal {
            Terminal.complain(refusal.sentence)
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
        } catch {
            Terminal.complain("The migration could not be carried out.")
        }
        return 1
    }

    /// The status, where a daemon runs; nil where none does, and for what changes the schema.
    private func runningDaemon(_ invocation: CommandInvocation) async throws -> Reply? {
        guard invocation.command == "migrate status" else { return nil }
        do throws(HTTPFault) {
            return try await AdminDoor.send(
                Order(command: invocation.command), to: place.adminSocket)
        } catch {
            return nil
        }
    }

    private func perform(
        _ invocation: CommandInvocation, on data: AggregatorData
    ) async throws -> String {
        let store = data.store
        let now = data.clock.now()
        switch invocation.command {
        case "migrate up":
            return Self.list("Applied", try await data.migrate()) + copyAdvice
        case "migrate down":
            let version = Int(invocation.operands[0]) ?? -1
            let status = try await migrator.status(of: store)
            guard (0...status.version).contains(version) else {
                return "The database is at version \(status.version): name one below."
            }
            _ = try await data.backUp(before: version)
            return Self.list("Undone", try await migrator.down(store, to: version)) + copyAdvice
        case "migrate dry-run":
            return Self.list("Would apply", try await migrator.dryRun(store, at: now))
        default:
            return try await migrator.status(of: store).table
        }
    }

    /// A server's data is not copied by this program.
    private var copyAdvice: String {
        guard place.database.isShared else { return "" }
        return "\nNo backup was made: PostgreSQL's own tools do that, as pg_dump."
    }

    private static func list(_ word: String, _ migrations: [Migration]) -> String {
        guard !migrations.isEmpty else { return "\(word): nothing." }
        return migrations.map { "\(word): \($0.number) \($0.name)" }.joined(separator: "\n")
    }
}

extension MigrationStatus {
    /// One line for each migration, in order.
    var table: String {
        let applied = applied.map { "\($0.number)  \($0.name)  applied \($0.appliedAt)" }
        let pending = pending.map { "\($0.number)  \($0.name)  pending" }
        return (applied + pending).joined(separator: "\n")
    }
}

extension MigrationRefusal {
    /// What is wrong and what to do, for the operator.
    var sentence: String {
        switch self {
        case .altered(let number):
            "Migration \(number) differs from the one this database was made with: use that program."
        case .fromTheFuture(let number, let newest):
            "The database has migration \(number); this program knows \(newest). Use the newer one."
        case .incomplete(let missing):
            "The database lacks migration \(missing) below one it has: restore a backup."
        case .noWayBack(let number, let reason):
            "Migration \(number) cannot be undone. \(reason)"
        }
    }
}

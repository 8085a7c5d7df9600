package import Child
import Foundation
import Stage
import Synchronization

/// A transaction of somebody else's, held open on a server until the test lets it go.
package struct HeldLock: Sendable {
    private let server: PostgresServer
    private let holder: Program
    private let name: String

    /// Begins a transaction on the database `convey`, runs a statement in it, and holds it; returns once
    /// the statement is done.
    /// - Parameter statement: what takes the lock.
    package static func take(
        _ statement: String, on server: PostgresServer
    ) async throws -> HeldLock {
        let name = "held-\(made.add(1, ordering: .relaxed).newValue)"
        let holder = try Program.start(
            "/usr/bin/env",
            [
                "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.url(database: "convey"),
                "-c", "BEGIN; \(statement); SELECT pg_sleep(3600)",
            ], environment: ["PGAPPNAME": name], log: "\(server.folder)/\(name).log")
        let isHeld = """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = '\(name)' AND wait_event = 'PgSleep'
            """
        let answer = try await Patience.ask(within: .seconds(30)) {
            try await server.query(isHeld)
        } until: {
            $0 == "1"
        }
        guard answer == "1" else {
            throw Program.Fault(description: "nobody holds what was to be held: \(statement)")
        }
        return HeldLock(server: server, holder: holder, name: name)
    }

    private static let made = Atomic(0)

    /// Lets it go.
    package func release() async throws {
        try await server.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'"
        )
        _ = await holder.ended()
    }
}

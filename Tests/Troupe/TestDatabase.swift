import Child
import Foundation
import HTTP
package import Stage
import Store
import Synchronization
package import TestSupport

/// Where the aggregators of one test keep their data: a file in their folder, or a database of the test
/// program's PostgreSQL.
package struct TestDatabase: Sendable {
    /// What the stage is told of it.
    package let place: StageDatabase
    private let postgres: TestPostgres.Database?

    /// Makes an empty one. One of PostgreSQL's stays until the test program ends.
    package init(on backend: Backend) throws {
        switch backend {
        case .sqlite: (place, postgres) = (.sqlite, nil)
        case .postgres:
            let database = try TestPostgres.makeDatabase()
            Self.kept.withLock { $0.append(database) }
            (place, postgres) = (.postgres(url: database.url), database)
        }
    }

    private static let kept = Mutex<[TestPostgres.Database]>([])

    /// Copies it while the aggregator runs, as an operator does.
    /// - Returns: where the copy lies.
    package func backUp(on stage: Stage) async throws -> String {
        let copy = stage.path("backup-\(UUID().uuidString.prefix(4))")
        guard let postgres else {
            _ = try await stage.aggregator(["backup", copy])
            return copy
        }
        try await run("pg_dump", ["-Fc", "-f", copy, "-d", postgres.url], on: stage)
        return copy
    }

    /// Puts a copy in the place of the database, while no aggregator runs.
    package func putBack(_ copy: String, on stage: Stage) async throws {
        guard let postgres else {
            let database = stage.path("aggregator/aggregator.db")
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: database + suffix)
            }
            return try FileManager.default.copyItem(atPath: copy, toPath: database)
        }
        try postgres.query("DROP OWNED BY convey; CREATE SCHEMA IF NOT EXISTS public")
        try await run("pg_restore", ["--exit-on-error", "-d", postgres.url, copy], on: stage)
    }

    /// Loses the aggregator's signing key, while no aggregator runs.
    package func loseSigningKey(on stage: Stage) async throws {
        if let postgres {
            try postgres.query("DELETE FROM signing_key")
            return
        }
        let store = try Store.sqlite(path: stage.path("aggregator/aggregator.db"))
        _ = try await store.write { try $0.run(Self.deleteSigningKeys) }
        await store.close()
    }

    private static let deleteSigningKeys = SQL("DELETE FROM signing_key")

    /// Everything that it holds, as text.
    package func text(on stage: Stage) async throws -> String {
        guard let postgres else { return "" }
        return try await run("pg_dump", ["-d", postgres.url], on: stage)
    }

    @discardableResult
    private func run(_ program: String, _ words: [String], on stage: Stage) async throws -> String {
        let outcome = try await Program.run(
            "/usr/bin/env", [program] + words,
            scratch: stage.path("logs/\(program)-\(UUID().uuidString.prefix(4))"))
        guard outcome.status == 0 else {
            throw Program.Fault(description: "\(program) failed: \(outcome.errors)")
        }
        return outcome.output
    }
}

extension Backend {
    /// What the real programs run on.
    package static let ofPrograms: [Backend] = [.sqlite, .postgres]
}

extension Stage {
    /// A stage whose aggregator has an empty database of this kind, for tests that never look into it.
    package static func fresh(on backend: Backend) async throws -> Stage {
        try Stage.fresh(programs: builtPrograms, database: try TestDatabase(on: backend).place)
    }

    /// The port behind `aggregator`.
    package var aggregatorPort: UInt16 {
        aggregator.authority.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
    }

    /// The folder of the running test program: the real programs are built into it.
    package static var builtPrograms: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    }
}

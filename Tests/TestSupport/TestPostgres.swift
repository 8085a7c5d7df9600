package import Child
import Daemon
import Foundation
import Postgres
package import Store
import Synchronization

/// The PostgreSQL server that all contract tests of this process share, and a database of it for each.
///
/// Started at first use, without fsync; gone with the process, however that ends. Tests that stop or
/// kill a server start one of their own: `TestPostgres.start`.
package enum TestPostgres {
    /// One empty database, dropped with the last reference.
    package final class Database: Sendable {
        /// Its name on the server.
        package let name: String
        /// What `Store.postgres` and `database.url` take.
        package let url: String
        private let server: PostgresServer

        fileprivate init(_ name: String, copyOf template: String) throws {
            self.name = name
            server = try TestPostgres.shared.get()
            url = server.url(database: name)
            try Self.execute("CREATE DATABASE \(name) TEMPLATE \(template)", on: server)
        }

        /// Runs statements as the superuser: to look, or to do harm.
        /// - Returns: the answer's rows, a line each, columns parted by `|`.
        @discardableResult
        package func query(_ text: String) throws -> String {
            let name = name
            return try server.blocking { try $0.query(text, database: name) }
        }

        /// Ends every connection to it; stores make new ones when there is work.
        package func disconnectAll() throws {
            try Self.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
                """, on: server)
        }

        /// Dropping takes a while and nobody waits for it; what is still connected is thrown out.
        deinit {
            let (server, name) = (server, name)
            Self.janitor.perform {
                try? Self.execute("DROP DATABASE \(name) WITH (FORCE)", on: server)
            }
        }

        private static let janitor = ThreadExecutor(name: "postgres-janitor")

        private static func execute(_ sql: String, on server: PostgresServer) throws {
            let target = ConnectionTarget(url: server.url(database: "postgres"))
            _ = try Postgres::Connection(target).execute(sql)
        }
    }

    /// For stores of tests: few connections each, since hundreds may be open.
    package static let options: PostgresOptions = {
        var options = PostgresOptions()
        options.connections = 4
        return options
    }()

    /// Makes a database.
    /// - Parameter template: the name of one that nobody is connected to; an empty one by default.
    package static func makeDatabase(copyOf template: String = "template0") throws -> Database {
        let number = made.add(1, ordering: .relaxed).newValue
        return try Database("test_\(number)", copyOf: template)
    }

    /// Starts a server of its own for one test, with an empty database `convey`.
    /// - Parameter directory: outlives the server.
    package static func start(
        in directory: TemporaryDirectory, _ options: PostgresServerOptions = .init()
    ) async throws -> PostgresServer {
        let server = try PostgresServer(folder: directory.file("pg"), options: options)
        try await server.start()
        try await server.query("CREATE DATABASE convey OWNER convey")
        return server
    }

    private static let made = Atomic(0)

    /// Memory where there is plenty: to make and remove hundreds of databases of hundreds of files each
    /// takes a disk longer than the tests.
    private static var roomiest: String {
        let memory = "/dev/shm"
        let room = try? FileManager.default.attributesOfFileSystem(forPath: memory)[.systemFreeSize]
        let isLarge = (room as? NSNumber)?.int64Value ?? 0 >= 8 << 30
        return isLarge && FileManager.default.isWritableFile(atPath: memory)
            ? memory : NSTemporaryDirectory()
    }

    /// Made once a process; the result or the reason why not.
    static let shared = Result {
        let directory = try TemporaryDirectory(in: roomiest)
        var options = PostgresServerOptions()
        options.isDurable = false
        options.settings = [
            "max_connections": "1500", "shared_buffers": "64MB", "autovacuum": "off",
            "max_wal_size": "256MB",
        ]
        let server = try PostgresServer(folder: directory.file("pg"), options: options)
        try server.blocking { try $0.start() }
        AtEnd.perform {
            try? server.blocking { $0.stop(.immediate) }
            try? FileManager.default.removeItem(atPath: directory.path)
        }
        return server
    }
}

extension PostgresServer {
    /// Runs the closure on the server's thread and blocks the caller's: for what cannot suspend.
    @discardableResult
    nonisolated func blocking<Value: Sendable>(
        _ body: @escaping @Sendable (isolated PostgresServer) throws -> Value
    ) throws -> Value {
        let done = Latch()
        let end = Mutex<Result<Value, any Error>?>(nil)
        executor.perform {
            let result = Result { try self.assumeIsolated { try body($0) } }
            end.withLock { $0 = result }
            done.open()
        }
        done.wait()
        return try end.withLock { $0 }!.get()
    }
}

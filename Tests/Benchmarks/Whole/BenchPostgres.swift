import Child

/// A PostgreSQL server for a measurement: durable, on the disk that is measured and the server's cores.
struct BenchPostgres: Sendable {
    private let server: PostgresServer
    private let folder: String

    /// What an operator sets first; everything else is PostgreSQL's default.
    static let settings = ["shared_buffers": "1GB", "max_wal_size": "4GB"]

    /// `settings` as a sentence has them.
    static var settingsText: String {
        settings.map { "\($0) = \($1)" }.sorted().joined(separator: ", ")
    }

    init(in folder: String, _ bench: Bench) async throws {
        self.folder = "\(folder)/pg"
        var options = PostgresServerOptions()
        options.settings = Self.settings
        server = try PostgresServer(folder: self.folder, options: options)
        try await server.start()
        bench.cores.pin(try process(), isServer: true)
    }

    /// Makes a database and says its URL.
    func makeDatabase(_ name: String) async throws -> String {
        try await server.query("CREATE DATABASE \(name) OWNER convey")
        return server.url(database: name)
    }

    /// CPU seconds of the server's processes that there are now.
    func cpuSeconds() throws -> Double {
        let id = try process()
        return (ProcFile.text("/proc/\(id)/task/\(id)/children") ?? "")
            .split(separator: " ").compactMap { Int32($0) }
            .reduce(0) { $0 + Native.cpuSeconds($1) }
    }

    func stop() async { await server.stop() }

    private func process() throws -> Int32 {
        let text = ProcFile.text("\(folder)/data/postmaster.pid") ?? ""
        guard let id = text.split(separator: "\n").first.flatMap({ Int32($0) }) else {
            throw BenchFault("PostgreSQL's process is unknown")
        }
        return id
    }
}

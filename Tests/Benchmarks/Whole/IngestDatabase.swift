import Store

/// A new database for ingest, and its server where it has one.
struct IngestDatabase: Sendable {
    /// Both engines, by the names of the report.
    enum Kind: String, CaseIterable, Sendable {
        case sqlite = "SQLite"
        case postgres = "PostgreSQL"

        /// Collectors that send at the same time. SQLite has one writer; PostgreSQL a connection each.
        var streams: Int { self == .sqlite ? 4 : 8 }
    }

    let store: Store
    private let server: BenchPostgres?

    init(_ kind: Kind, in folder: String, _ bench: Bench) async throws {
        switch kind {
        case .sqlite:
            server = nil
            store = try Store.sqlite(path: "\(folder)/ingest.db")
        case .postgres:
            let server = try await BenchPostgres(in: folder, bench)
            self.server = server
            store = try Store.postgres(url: try await server.makeDatabase("ingest"))
        }
    }

    /// CPU seconds of the server's processes; 0 without a server.
    func serverCPUSeconds() throws -> Double { try server?.cpuSeconds() ?? 0 }

    func close() async {
        await store.close()
        await server?.stop()
    }
}

import Child
import FoundationEssentials
import Stage

/// Where the demonstration's aggregators keep what they know: one file of one process, or a PostgreSQL of
/// the demonstration's own, with two processes on it.
struct DemoDatabase {
    /// The server; nil on SQLite.
    private let server: PostgresServer?
    /// The server's folder lies beside the stage's, which nobody but its owner may enter.
    private let folder: String
    /// What the stage is told.
    let place: StageDatabase

    /// How many aggregators run.
    var processes: Int { server == nil ? 1 : 2 }
    /// What it is called in the story.
    var name: String { server == nil ? "its database" : "PostgreSQL" }

    /// - Parameter name: `sqlite` or `postgres`.
    /// - Throws: for any other name, and where no PostgreSQL is installed.
    init(named name: String) throws {
        let stamp = UUID().uuidString.prefix(8).lowercased()
        folder = "\(FileManager.default.temporaryDirectory.path)/convey-\(stamp)-postgres"
        switch name {
        case "sqlite": (server, place) = (nil, .sqlite)
        case "postgres":
            let server = try PostgresServer(folder: folder)
            self.server = server
            place = .postgres(url: server.url(database: "convey"))
        default:
            throw Program.Fault(description: "a database is sqlite or postgres, not \(name)")
        }
    }

    /// Starts the server for the first time.
    /// - Returns: what to tell of it.
    func open() async throws -> String? {
        guard let server else { return nil }
        try await server.start()
        try await server.query("CREATE DATABASE convey OWNER convey")
        return "PostgreSQL runs in \(folder), on a socket."
    }

    /// Pulls the plug, as far as a program can: all of its processes are gone at once.
    func crash() async throws { try await server?.crash() }

    /// Starts the server after a crash: it recovers what it had acknowledged.
    func start() async throws { try await server?.start() }

    /// Stops the server at once, without a word to those it serves, and starts it again.
    /// - Returns: false on SQLite, which has no server.
    func interrupt() async throws -> Bool {
        guard let server else { return false }
        await server.stop(.immediate)
        try await server.start()
        return true
    }

    /// Ends the server.
    func close() async { await server?.stop() }

    /// Removes what it wrote.
    func remove() throws {
        if server != nil { try FileManager.default.removeItem(atPath: folder) }
    }
}

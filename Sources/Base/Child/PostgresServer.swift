package import Daemon
import FoundationEssentials
import Glibc

/// A PostgreSQL server of our own in a folder of its own, for the demonstration and the tests.
///
/// It listens on a socket in that folder, and on 127.0.0.1 where the options ask. Its superuser is
/// `postgres`; databases belong to the plain user `convey`. It tells by sd_notify when it is ready, as
/// Debian builds it. Whoever starts one ends it; one that is let go, and one whose process dies, ends
/// at once, since the server is a child of this actor's thread.
package actor PostgresServer: ThreadActor {
    /// How a server is asked to end.
    package enum Ending: Sendable {
        /// Ends connections, writes everything, and goes.
        case fast
        /// Drops everything, as `pg_ctl stop -m immediate`; the next start recovers from the log.
        case immediate
    }

    /// The number in the socket's name, and the port that goes with it in URLs.
    static let socketNumber = 5432

    /// Waiting for a child blocks; it happens here.
    package nonisolated let executor = ThreadExecutor(name: "postgres")
    /// Holds the data, the socket and the log, `server.log`.
    package nonisolated let folder: String
    private nonisolated let options: PostgresServerOptions
    private nonisolated let programs: PostgresPrograms
    private var id: pid_t?

    /// Prepares a server; nothing is made or started yet.
    /// - Parameter folder: made if missing, and given to the server's user, who must be able to reach
    ///   it through all folders above; at most 80 bytes, since the socket lies in it.
    package init(folder: String, options: PostgresServerOptions = .init()) throws {
        precondition(folder.utf8.count <= 80, "A socket's path has at most 107 bytes.")
        self.folder = folder
        self.options = options
        programs = try PostgresPrograms()
    }

    deinit {
        guard let id else { return }
        kill(id, SIGQUIT)
        _ = Spawn.wait(for: id)
    }

    /// The address of one of its databases, through the socket.
    /// - Parameter others: servers that are tried when this one does not answer or may not be written.
    package nonisolated func url(database: String, or others: [PostgresServer] = []) -> String {
        let hosts = ([self] + others).map(\.host).joined(separator: ",")
        return "postgres://convey@\(hosts)/\(database)"
    }

    /// The folder as the host of a URL, with the port that the socket's name bears.
    private nonisolated var host: String {
        folder.split(separator: "/").map { "%2F\($0)" }.joined() + ":\(port)"
    }

    private nonisolated var port: Int { options.port ?? Self.socketNumber }

    // MARK: Its life

    /// Starts it and waits until it takes connections; makes it first, where the folder is empty.
    package func start() throws {
        precondition(id == nil, "A server is started once before it is stopped.")
        try programs.own(folder)
        let isNew = !FileManager.default.fileExists(atPath: "\(folder)/data")
        if isNew { try make() }
        try configure()
        try launch()
        if isNew { try query(Self.createUser) }
        if let password = options.password { try query(Self.setPassword(password)) }
    }

    /// Starts it as the standby of another, of which it is a copy, under the name `standby`.
    /// - Parameter primary: runs, and takes this one's place among its clients.
    package func start(asStandbyOf primary: PostgresServer) throws {
        precondition(id == nil, "A server is started once before it is stopped.")
        try programs.own(folder)
        let origin = "host=\(primary.folder) port=\(primary.port) user=postgres"
        try run(
            "pg_basebackup",
            [
                "-D", "\(folder)/data", "-d", "\(origin) application_name=standby", "-R", "-X",
                "stream", "-c", "fast", "--no-sync",
            ])
        try configure()
        try launch()
    }

    /// Makes a standby the primary, and waits until it is.
    package func promote() throws { try query("SELECT pg_promote(true, 60)") }

    /// Asks it to end and waits until it is gone.
    package func stop(_ ending: Ending = .fast) {
        guard let id else { return }
        kill(id, ending == .fast ? SIGINT : SIGQUIT)
        awaitEnd()
    }

    /// Kills all of its processes, as an accident would, and waits until the first is gone.
    package func crash() throws {
        guard let id else { return }
        kill(id, SIGSTOP)
        let children = try text(of: "/proc/\(id)/task/\(id)/children")
        kill(id, SIGKILL)
        for child in children.split(separator: " ").compactMap({ pid_t($0) }) {
            kill(child, SIGKILL)
        }
        awaitEnd()
    }

    // MARK: What a test asks of it

    /// Runs statements as the superuser.
    /// - Returns: the answer's rows, a line each, columns parted by `|`.
    @discardableResult
    package func query(_ text: String, database: String = "postgres") throws -> String {
        let origin = "host=\(folder) port=\(port) user=postgres dbname=\(database)"
        let words = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", origin, "-c", text]
        return try run("psql", words)
    }

    // MARK: Doing it

    /// Waits for no standby, which may not be there yet.
    private static let createUser =
        "SET synchronous_commit = local; CREATE ROLE convey LOGIN CREATEDB"

    private static func setPassword(_ password: String) -> String {
        "SET synchronous_commit = local; ALTER ROLE convey PASSWORD '\(password)'"
    }

    private func make() throws {
        try run(
            "initdb",
            [
                "-D", "\(folder)/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale",
                "C", "--no-sync",
            ])
    }

    private func configure() throws {
        try write(options.access, to: "data/pg_hba.conf")
        guard let identity = options.identity else { return }
        try write(identity.certificatePEM, to: "server.crt")
        try write(identity.keyPEM, to: "server.key")
    }

    /// After a crash the processes of the one before may still hold its memory for a moment: a start
    /// that fails for this is tried again.
    private func launch() throws {
        for _ in 0..<100 {
            if try launchOnce() { return }
            guard try text(of: log).suffix(300).contains("is still in use") else { break }
        }
        throw Program.Fault(
            description: "PostgreSQL did not become ready: \(try text(of: log).suffix(600))")
    }

    /// False where it ended before it was ready.
    private func launchOnce() throws -> Bool {
        let notices = try NoticeSocket()
        let words = ["-D", "\(folder)/data"] + options.arguments(folder: folder)
        let command = programs.command("postgres", words, farewell: "QUIT")
        let child = try Spawn.child(
            command.executable, command.arguments, environment: ["NOTIFY_SOCKET": notices.path],
            output: Spawn.Output(standard: log, errors: log))
        id = child
        if notices.receive("READY=1", within: .seconds(120), from: child) { return true }
        kill(child, SIGQUIT)
        awaitEnd()
        return false
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let command = programs.command(program, arguments)
        let outcome = try Program.runBlocking(
            command.executable, command.arguments, scratch: "\(folder)/\(program)")
        guard outcome.status == 0 else {
            throw Program.Fault(description: "\(program) failed: \(outcome.errors)")
        }
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    private func awaitEnd() {
        guard let id else { return }
        _ = Spawn.wait(for: id)
        self.id = nil
    }

    private nonisolated var log: String { "\(folder)/server.log" }

    private func text(of path: String) throws -> String {
        String(decoding: try BoundedFile.read(path, bytesMax: 16 << 20), as: UTF8.self)
    }

    private func write(_ text: String, to name: String) throws {
        try BoundedFile.replace("\(folder)/\(name)", with: Array(text.utf8))
    }
}

package import Daemon
package import Glibc

/// One of the real programs running as a child process.
///
/// Its output goes to a file. The child is told of a notification socket and is ready when it says so
/// (sd_notify), so nobody polls. Whoever starts a program ends it: `crash` or `stop`; one that is let
/// go while it runs is killed.
package actor Program: ThreadActor {
    /// Why a program did not come up or did not do what it was asked.
    package struct Fault: Error, CustomStringConvertible {
        /// What failed, for whoever watches.
        package let description: String

        /// - Parameter description: a sentence for whoever watches.
        package init(description: String) { self.description = description }
    }

    /// Waiting for a child blocks; it happens here.
    package nonisolated let executor: ThreadExecutor

    /// The process id; meaningful until the program was waited for.
    package nonisolated let id: pid_t
    private let name: String
    private let notices: NoticeSocket
    private var exitStatus: Int32?

    private init(name: String, id: pid_t, notices: NoticeSocket) {
        self.name = name
        self.id = id
        self.notices = notices
        executor = ThreadExecutor(name: "wait-\(name)")
    }

    deinit {
        guard exitStatus == nil else { return }
        signal(SIGKILL)
        _ = Spawn.wait(for: id)
    }

    /// Starts `executable` with `arguments`; returns at once, before it is ready.
    /// - Parameter log: a file that its standard output and error are appended to.
    package static func start(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        log: String
    ) throws -> Program {
        let name = executable.split(separator: "/").last.map(String.init) ?? executable
        let notices = try NoticeSocket()
        var environment = environment
        environment["NOTIFY_SOCKET"] = notices.path
        let id = try Spawn.child(
            executable, arguments, environment: environment,
            output: Spawn.Output(standard: log, errors: log))
        return Program(name: name, id: id, notices: notices)
    }

    /// What a command said.
    package struct Outcome: Sendable {
        /// Its exit code, or 128 + the signal that ended it.
        package let status: Int32
        /// Standard output.
        package let output: String
        /// Standard error.
        package let errors: String
    }

    /// Runs a command to its end.
    /// - Parameter scratch: a path; two files beside it hold the command's streams.
    package static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        scratch: String
    ) async throws -> Outcome {
        try await ThreadExecutor(name: "wait-command").run { () throws -> Outcome in
            try runBlocking(executable, arguments, environment: environment, scratch: scratch)
        }
    }

    /// Runs a command to its end and blocks the caller's thread until then; for tests that cannot
    /// suspend.
    package static func runBlocking(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        scratch: String
    ) throws -> Outcome {
        let streams = Spawn.Output(standard: scratch + ".out", errors: scratch + ".err")
        for path in [streams.standard, streams.errors] { _ = unsafe unlink(path) }
        let id = try Spawn.child(executable, arguments, environment: environment, output: streams)
        let status = Spawn.wait(for: id)
        return Outcome(
            status: status, output: try text(of: streams.standard),
            errors: try text(of: streams.errors))
    }

    private static func text(of path: String) throws -> String {
        String(decoding: try BoundedFile.read(path, bytesMax: 64 << 20), as: UTF8.self)
    }

    /// Waits until the program has said that it is ready.
    /// - Parameter limit: how long to wait for the word before giving up.
    package func ready(within limit: Duration = .seconds(60)) throws {
        guard notices.receive("READY=1", within: limit, from: id) else {
            throw Fault(description: "\(name) (process \(id)) did not become ready; see its log")
        }
    }

    /// Sends a signal; SIGKILL is how accidents are made.
    package nonisolated func signal(_ number: Int32) {
        _ = Glibc.kill(id, number)
    }

    /// Waits for the end of the process.
    /// - Returns: its exit code, or 128 + the signal that ended it.
    @discardableResult
    package func ended() -> Int32 {
        if let exitStatus { return exitStatus }
        let status = Spawn.wait(for: id)
        exitStatus = status
        return status
    }

    /// Kills the process as an accident would and waits until it is gone.
    package func crash() {
        if exitStatus == nil { signal(SIGKILL) }
        ended()
    }

    /// Asks the process to end and waits for it.
    /// - Returns: its exit code; 0 is a clean end.
    @discardableResult
    package func stop() -> Int32 {
        if exitStatus == nil { signal(SIGTERM) }
        return ended()
    }
}

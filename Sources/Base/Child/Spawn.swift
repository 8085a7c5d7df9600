import Glibc

/// Starts child processes and waits for them; the only user of posix_spawn in the house.
enum Spawn {
    /// Files that a child's streams are appended to; the same path twice is one file.
    struct Output {
        let standard: String
        let errors: String
    }

    /// Starts a child with our environment plus `environment`.
    static func child(
        _ executable: String, _ arguments: [String], environment: [String: String], output: Output
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output.standard, flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, output.errors, flags, 0o600)

        let inherited = inheritedEnvironment().filter { entry in
            !environment.keys.contains { entry.hasPrefix("\($0)=") }
        }
        let variables = inherited + environment.map { "\($0.key)=\($0.value)" }
        var id: pid_t = 0
        let status = unsafe withCStrings([executable] + arguments) { argv in
            unsafe withCStrings(variables) { envp in
                unsafe posix_spawn(&id, executable, &actions, nil, argv, envp)
            }
        }
        guard status == 0 else {
            throw Program.Fault(description: "cannot start \(executable): error \(status)")
        }
        return id
    }

    /// Blocks until the child has ended; its exit code, or 128 + the signal that ended it.
    static func wait(for id: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Whether the child has ended; it can still be waited for.
    static func hasEnded(_ id: pid_t) -> Bool {
        var information = unsafe siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        guard unsafe waitid(P_PID, id_t(id), &information, options) == 0 else { return true }
        return unsafe information.si_signo == SIGCHLD
    }

    private static func inheritedEnvironment() -> [String] {
        var entries: [String] = []
        var cursor = unsafe environ
        while let entry = unsafe cursor.pointee {
            unsafe entries.append(String(cString: entry))
            unsafe cursor += 1
        }
        return entries
    }

    private static func withCStrings<R>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let copies = unsafe strings.map { unsafe strdup($0) }
        defer { for place in unsafe copies.indices { unsafe free(copies[place]) } }
        return unsafe body(copies + [nil])
    }
}

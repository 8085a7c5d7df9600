private import Glibc

/// How many files and sockets this process may hold open.
package enum OpenFiles {
    /// Raises the limit as far as the system lets an unprivileged process: to its hard limit. Shells and
    /// systemd start programs with 1,024, which is for programs that use select(2).
    /// - Returns: the limit from now on.
    @discardableResult
    package static func raiseLimit() -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(files, &limit) == 0 else { return 0 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(files, &raised) == 0 else { return Int(clamping: limit.rlim_cur) }
        return Int(clamping: raised.rlim_cur)
    }
}

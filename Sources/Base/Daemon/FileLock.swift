private import Glibc

/// Holds a directory or file for one process: the daemon while it runs, or a command line that works
/// on its data while it is stopped. The kernel gives it up with the process, however that ends.
package struct FileLock: ~Copyable, Sendable {
    private let file: Int32

    /// Takes the lock at once, or not at all.
    /// - Parameter path: a file kept for this purpose; made when missing, never removed.
    /// - Throws: `SystemFault` with `isHeld` when another process has it.
    package init(_ path: String) throws(SystemFault) {
        let operation = "lock \(path)"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(file)
            throw SystemFault(
                operation, code: code,
                remedy: code == EWOULDBLOCK ? "Stop the program that uses this data." : nil)
        }
        self.file = file
    }

    deinit { close(file) }
}

extension SystemFault {
    /// Whether a lock was refused because another process has it.
    package var isHeld: Bool { code == EWOULDBLOCK }
}

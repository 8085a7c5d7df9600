import Glibc

/// Ends another thread's wait for announcements.
package final class Waker: Sendable {
    private let ends: (read: Int32, write: Int32)

    /// Makes a pipe.
    package init() throws(PostgresError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw PostgresError(
                "make a pipe", kind: .overloaded, message: "the process has too many open files")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.ends = (ends[0], ends[1])
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    /// What becomes readable, and stays so.
    package var descriptor: Int32 { ends.read }

    /// Wakes who waits, for good.
    package func wake() {
        _ = unsafe write(ends.write, [1], 1)
    }

    /// Waits for `wake()`.
    /// - Parameter limit: the longest wait, in milliseconds.
    /// - Returns: whether it was called.
    package func wait(atMost limit: Int32) -> Bool {
        var descriptor = pollfd(fd: ends.read, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, limit) > 0
    }
}

import CPostgres
import Glibc

extension Connection {
    /// Has the server send what is announced on a channel.
    /// - Parameter channel: a constant of ours: letters and underscores.
    package func listen(on channel: StaticString) throws(PostgresError) {
        try execute("LISTEN \(channel)")
    }

    /// Waits until something was announced, and tells the payloads; none where `wake` became readable
    /// or the time was over.
    /// - Parameters:
    ///   - wake: a file descriptor that ends the wait.
    ///   - limit: the longest wait, in milliseconds.
    /// - Throws: `unreachable` when the connection broke.
    package func announcements(
        or wake: Int32, atMost limit: Int32
    ) throws(PostgresError) -> [String] {
        let waiting = takeAnnouncements()
        guard waiting.isEmpty else { return waiting }
        var descriptors = [
            pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        unsafe poll(&descriptors, 2, limit)
        guard unsafe PQconsumeInput(handle) == 1 else {
            throw unsafe PostgresError("wait for announcements", brokenOn: handle)
        }
        return takeAnnouncements()
    }

    private func takeAnnouncements() -> [String] {
        var payloads: [String] = []
        while let notice = unsafe PQnotifies(handle) {
            unsafe payloads.append(String(cString: notice.pointee.extra))
            unsafe PQfreemem(notice)
        }
        return payloads
    }
}

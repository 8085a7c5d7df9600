import Daemon
import Postgres

/// Hears what is announced in any process, on a connection and a thread of its own.
enum PostgresListener {
    private static let channel: StaticString = "convey"
    /// How often a silent connection is looked at, and the pause before a lost one is made again, in
    /// milliseconds.
    private static let lookInterval: Int32 = 30_000
    private static let pause: Int32 = 500

    /// Starts to listen.
    /// - Parameter heard: gets a signal's name; nil where any may have been missed.
    /// - Returns: ends it; the thread may take until the end of an attempt to connect.
    static func start(
        _ target: ConnectionTarget, heard: @escaping @Sendable (String?) -> Void
    ) -> @Sendable () -> Void {
        let waker: Waker
        do throws(PostgresError) {
            waker = try Waker()
        } catch {
            return {}
        }
        let executor = ThreadExecutor(name: "store-listener")
        executor.perform {
            while !waker.wait(atMost: 0) {
                do throws(PostgresError) {
                    try listen(target, until: waker, heard)
                } catch {
                    _ = waker.wait(atMost: pause)
                }
            }
        }
        return {
            waker.wake()
            _ = executor
        }
    }

    private static func listen(
        _ target: ConnectionTarget, until waker: Waker, _ heard: (String?) -> Void
    ) throws(PostgresError) {
        let connection = try Postgres::Connection(target)
        try connection.listen(on: channel)
        heard(nil)
        while !waker.wait(atMost: 0) {
            let names = try connection.announcements(or: waker.descriptor, atMost: lookInterval)
            if names.isEmpty { try connection.execute("SELECT 1") }
            names.forEach(heard)
        }
    }
}

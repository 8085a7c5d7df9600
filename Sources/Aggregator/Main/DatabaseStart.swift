import Daemon
import Store

/// Waits for a database that is away when the daemon starts, and looks at what its server promises.
struct DatabaseStart {
    /// How long a start waits: a server that restarts, or a standby that takes over, is there by then.
    /// What lasts longer a supervisor sees by the daemon's end.
    private static let patience: Duration = .seconds(60)
    private static let pause: Duration = .seconds(1)

    private let data: AggregatorData
    private let log: Log

    init(_ data: AggregatorData, _ log: Log) { (self.data, self.log) = (data, log) }

    /// Returns once the database answers. No door is open meanwhile.
    /// - Throws: the last fault after a minute, and at once what waiting does not mend.
    func wait() async throws {
        guard data.place.database.isShared else { return }
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await look()
            } catch let fault as StoreFault where fault.canRetry && ContinuousClock.now < end {
                log.warning(
                    "The database cannot be used yet; the start waits up to a minute.",
                    [.cause: fault.cause, .remedy: fault.remedy, .detail: fault.detail])
            }
            try await ContinuousClock().sleep(for: Self.pause)
        }
    }

    /// What was acknowledged is on the server's disk only where the server says that it puts it there.
    private func look() async throws {
        let risky = try await data.store.read { transaction in
            try transaction.all(Self.settings) { $0.text(0) }
        }
        for setting in risky {
            log.warning(
                "PostgreSQL may lose what is acknowledged: a setting of the server is off.",
                [.setting: setting, .remedy: "Switch it on, unless this is a trial."])
        }
    }

    /// A file has no such settings.
    private static let settings = SQL(
        sqlite: "SELECT '' WHERE 1 = 0",
        postgres: """
            SELECT name FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name
            """)
}

extension LogField {
    /// A setting of the database's server.
    fileprivate static let setting = LogField("setting")
    /// The database's own words: names of our tables at most.
    fileprivate static let detail = LogField("detail")
}

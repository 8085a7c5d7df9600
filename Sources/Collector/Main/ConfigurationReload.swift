import Daemon
import HTTP
import Intake
import Synchronization
import Visitors

/// Takes over, while the collector runs, what has changed in its configuration. One that is refused
/// changes nothing.
final class ConfigurationReload: Sendable {
    typealias Read = @Sendable () throws(ConfigurationRefusal) -> Configuration

    /// What a running collector takes over; all else waits for a restart.
    static let takenOver: [any ConfigurationDeclaration] = [
        CollectorConfiguration.logLevel, CollectorConfiguration.requestLines,
        CollectorConfiguration.trustedProxies, CollectorConfiguration.eventsMax,
    ]

    private let current: Mutex<Configuration>
    private let read: Read
    private let intake: Intake
    private let visitors: Visitors
    private let journal: RequestJournal
    private let log: Log

    /// - Parameter read: reads and checks the same file and environment as at the start.
    init(_ configuration: Configuration, read: @escaping Read, _ parts: CollectorParts, log: Log) {
        current = Mutex(configuration)
        self.read = read
        (intake, journal) = (parts.intake, parts.journal)
        visitors = parts.visitors
        self.log = log
    }

    /// Reads the configuration again; from any thread, one at a time.
    func run() {
        do throws(ConfigurationRefusal) {
            let fresh = try read()
            let changed = current.withLock { current in
                defer { current = fresh }
                return CollectorConfiguration.keys.filter { $0.differs(current, fresh) }.map(\.name)
            }
            takeOver(fresh, changed)
        } catch {
            for problem in error.problems {
                log.error(
                    "The configuration was not replaced.",
                    [.cause: problem.sentence, .remedy: "Mend the file and reload again."])
            }
        }
    }

    private func takeOver(_ fresh: Configuration, _ changed: [String]) {
        let taken = Set(Self.takenOver.map(\.name))
        if changed.contains(CollectorConfiguration.logLevel.name) {
            log.level = fresh[CollectorConfiguration.logLevel]
        }
        journal.use(fresh[CollectorConfiguration.requestLines])
        if changed.contains(where: taken.contains) {
            intake.use(CollectorParts.intakeSettings(fresh, visitors))
            log.notice(
                "The configuration was replaced.",
                [Self.settings: changed.filter(taken.contains).joined(separator: " ")])
        }
        let waiting = changed.filter { !taken.contains($0) }
        if !waiting.isEmpty {
            log.warning(
                "Changed settings wait for a restart.",
                [Self.settings: waiting.joined(separator: " ")])
        }
    }

    private static let settings = LogField("settings")
}

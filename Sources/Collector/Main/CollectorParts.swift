import Buffer
import Daemon
import Geography
import HTTP
import Intake
import Settings
import Time
import Visitors

/// What a running collector consists of, made from its configuration; nothing runs yet.
struct CollectorParts: Sendable {
    let place: CollectorPlace
    let buffer: Buffer
    let intake: Intake
    let correspondence: Correspondence
    let journal: RequestJournal
    /// Nil where no file is configured.
    let geography: Geography?
    /// Outlives each configuration, with what it remembers.
    let visitors: Visitors
    let metrics = MetricRegistry()

    init(_ configuration: Configuration, _ log: Log) {
        place = CollectorPlace(configuration)
        buffer = Self.makeBuffer(configuration, place, log)
        geography = configuration[CollectorConfiguration.geographyFile].map { [place] in
            Geography(path: $0, scratch: place.directory)
        }
        visitors = Visitors(geography)
        intake = Intake(buffer, settings: Self.intakeSettings(configuration, visitors))
        correspondence = Correspondence(
            IdentityPlace(directory: place.directory), buffer, intake, log: log)
        journal = RequestJournal(
            configuration[CollectorConfiguration.requestLines], to: log,
            storageCodes: Set(BufferRefusal.allCases.map(\.rawValue))
        ) { [intake] in intake.countedAddress(of: $0) }
        metrics.observeProcess(startedAt: SystemClock().now())
        buffer.publish(in: metrics)
        intake.counters.publish(in: metrics)
        correspondence.publish(in: metrics)
    }

    /// Intake's routes with their access lines; of the contracts under `/api/` usually each request
    /// leaves one, since their senders can be helped by nothing else.
    var loggedRoutes: [Route] {
        intake.routes.map { route in
            route.logged(by: journal, usually: route.path.hasPrefix("/api/") ? .all : .refused)
        }
    }

    /// How everything stands now.
    var report: StatusReport {
        StatusReport(
            takenAt: SystemClock().now(), buffer: buffer.statistics,
            running: correspondence.report,
            untrustedProxyRequests: intake.untrustedProxyRequests,
            shopErrors: intake.counters.shopErrors)
    }

    /// Also for a command that looks at the buffer while no collector runs.
    static func makeBuffer(
        _ configuration: Configuration, _ place: CollectorPlace, _ log: Log
    ) -> Buffer {
        let limits = BufferLimits(
            bytesMax: Int64(configuration[CollectorConfiguration.bufferBytesMax]),
            waitingBytesMax: configuration[CollectorConfiguration.waitingBytesMax])
        return Buffer(
            BufferPlace(
                path: place.buffer, limits: limits,
                receiptedKept: configuration[CollectorConfiguration.receiptedKept]),
            clock: EdgeClock(wall: SystemClock(), uptime: SystemUptime()), wall: SystemClock(),
            log: log)
    }

    /// What intake takes of a configuration.
    static func intakeSettings(
        _ configuration: Configuration, _ visitors: Visitors
    ) -> IntakeSettings {
        var settings = IntakeSettings()
        settings.bodyBytesMax = configuration[CollectorConfiguration.bodyBytesMax]
        settings.eventsMax = configuration[CollectorConfiguration.eventsMax]
        settings.commitWithin = configuration[CollectorConfiguration.commitWithin]
        let networks = configuration[CollectorConfiguration.trustedProxies]
        settings.trustedProxies = TrustedProxies(networks) ?? TrustedProxies()
        settings.visitors = visitors
        return settings
    }
}

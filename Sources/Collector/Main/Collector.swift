import Buffer
import Daemon
import HTTP
import Intake
import Time

/// The running collector: makes the parts, opens the doors, and stops everything in order.
struct Collector {
    private let configuration: Configuration
    private let environment: [String: String]
    private let log: Log

    init(_ configuration: Configuration, environment: [String: String]) {
        self.configuration = configuration
        self.environment = environment
        log = Log(
            level: configuration[CollectorConfiguration.logLevel],
            format: configuration[CollectorConfiguration.logFormat])
    }

    /// Runs until a signal ends it; the process exits with what this returns.
    func run() async -> Int32 {
        defer { log.flush() }
        do {
            return try await start()
        } catch {
            log.error("The collector could not start.", service: "collector", because: error)
            return 1
        }
    }

    private func start() async throws -> Int32 {
        let place = CollectorPlace(configuration)
        try BoundedFile.makeDirectory(place.directory)
        let lock = try FileLock(place.lock)
        let buffer = Self.makeBuffer(configuration, place, log)
        await buffer.open()
        let metrics = MetricRegistry()
        metrics.observeProcess(startedAt: SystemClock().now())
        buffer.publish(in: metrics)
        let status = StatusRoutes {
            StatusReport(
                takenAt: SystemClock().now(), buffer: buffer.statistics,
                clockOffset: buffer.clock.offset)
        }
        let intake = Intake(buffer, settings: intakeSettings())
        intake.counters.publish(in: metrics)
        let outcome = try await serve(place, buffer, intake, status, metrics)
        log.notice("The collector stopped.")
        _ = consume lock
        return outcome.exitStatus
    }

    /// Opens the doors, and closes them before what stands behind them.
    private func serve(
        _ place: CollectorPlace, _ buffer: Buffer, _ intake: Intake, _ status: StatusRoutes,
        _ metrics: MetricRegistry
    ) async throws -> ServiceGroup.Outcome {
        let listen = CollectorConfiguration.listen
        let tls = try listen.makeTLSContext(configuration)
        let operations = OperationsRoutes(metrics, readers: listen.metricsReaders(configuration))
        let server = Server(
            intake.routes + operations.routes, settings: listen.serverSettings(configuration))
        server.counters.publish(in: metrics)
        let admin = Server(status.routes, settings: .local)
        try admin.start([.unix(path: place.adminSocket)])
        try server.start(listen.listeners(configuration, tls))
        announce(server)
        let group = ServiceGroup(
            [
                buffer,
                ClosureService("admin") {
                    await admin.runUntilCancelled(stopWithin: .milliseconds(200))
                },
                ClosureService("http") {
                    await server.runUntilCancelled(stopWithin: .milliseconds(800))
                },
            ], log: log, reload: { [log] in reload(tls, log) })
        return await group.run(signals: Signals.stream())
    }

    static func makeBuffer(
        _ configuration: Configuration, _ place: CollectorPlace, _ log: Log
    ) -> Buffer {
        let limits = BufferLimits(
            bytesMax: Int64(configuration[CollectorConfiguration.bufferBytesMax]),
            waitingBytesMax: configuration[CollectorConfiguration.waitingBytesMax])
        return Buffer(
            BufferPlace(path: place.buffer, limits: limits),
            clock: EdgeClock(wall: SystemClock(), uptime: SystemUptime()), wall: SystemClock(),
            log: log)
    }

    private func intakeSettings() -> IntakeSettings {
        var settings = IntakeSettings()
        settings.bodyBytesMax = configuration[CollectorConfiguration.bodyBytesMax]
        settings.eventsMax = configuration[CollectorConfiguration.eventsMax]
        settings.commitWithin = configuration[CollectorConfiguration.commitWithin]
        let networks = configuration[CollectorConfiguration.trustedProxies]
        settings.trustedProxies = TrustedProxies(networks) ?? TrustedProxies()
        return settings
    }

    private func announce(_ server: Server) {
        log.notice(
            "The collector is ready.",
            [
                .version: collectorVersion,
                LogField("ports"): server.ports.map(\.description).joined(separator: " "),
            ])
        ReadinessNotice.ready.send(to: environment["NOTIFY_SOCKET"])
    }
}

extension ServerSettings {
    /// For the command line of the same machine.
    static var local: ServerSettings {
        var settings = ServerSettings()
        settings.loops = 1
        settings.connectionsMax = 16
        return settings
    }
}

/// A certificate that cannot be used leaves the old one in place.
private func reload(_ tls: TLSContext?, _ log: Log) {
    do {
        try tls?.reload()
    } catch {
        log.error("The certificate was not replaced.", service: "http", because: error)
    }
}

import Buffer
import Daemon
import HTTP
import Intake
import Time

/// The running collector: opens the doors, and stops everything in order.
struct Collector {
    private let configuration: Configuration
    private let environment: [String: String]
    private let readAgain: ConfigurationReload.Read
    private let log: Log

    init(_ call: DaemonProgram.Call) {
        configuration = call.configuration
        environment = call.environment
        readAgain = call.readAgain
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
        let parts = CollectorParts(configuration, log)
        parts.geography?.load(saying: log)
        await parts.buffer.open()
        try await parts.correspondence.open()
        let outcome = try await serve(parts)
        log.notice("The collector stopped.")
        _ = consume lock
        return outcome.exitStatus
    }

    /// Opens the doors, and closes them before what stands behind them.
    private func serve(_ parts: CollectorParts) async throws -> ServiceGroup.Outcome {
        let listen = CollectorConfiguration.listen
        listen.makeRoom(configuration, saying: log)
        let tls = try listen.makeTLSContext(configuration)
        let settings = ConfigurationReload(configuration, read: readAgain, parts, log: log)
        let reload: @Sendable () -> Void = { [log] in
            settings.run()
            reloadCertificate(tls, log)
            parts.geography?.load(saying: log)
            parts.correspondence.reload()
        }
        let operations = OperationsRoutes(
            parts.metrics, readers: listen.metricsReaders(configuration))
        let routes = parts.loggedRoutes + operations.routes
        let server = Server(
            routes + [OpenAPIRoute(describing: routes).route],
            settings: listen.serverSettings(configuration))
        server.counters.publish(in: parts.metrics)
        let admin = Server(
            AdminRoutes(
                report: { parts.report }, reload: reload,
                rotateKey: { try await parts.correspondence.rotateKey() }
            ).routes
                + BufferOrders(parts.buffer).routes, settings: .local)
        try admin.start([.unix(path: parts.place.adminSocket)])
        try server.start(listen.listeners(configuration, tls))
        announce(server)
        let group = ServiceGroup(
            [
                parts.buffer, parts.correspondence,
                ClosureService("admin") {
                    await admin.runUntilCancelled(stopWithin: .milliseconds(200))
                },
                ClosureService("http") {
                    await server.runUntilCancelled(stopWithin: .milliseconds(800))
                },
                ClosureService("readiness") { [environment] in
                    await untilCancelled()
                    ReadinessNotice.stopping.send(to: environment["NOTIFY_SOCKET"])
                },
            ], log: log, reload: reload)
        return await group.run(signals: Signals.stream())
    }

    private func announce(_ server: Server) {
        log.notice(
            "The collector is ready.",
            [
                .version: collectorVersion,
                LogField("ports"): server.ports.map(\.description).joined(separator: " "),
            ])
        ReadinessNotice.ready.send(to: environment["NOTIFY_SOCKET"])
        StartMemory.giveBack()
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
private func reloadCertificate(_ tls: TLSContext?, _ log: Log) {
    do {
        try tls?.reload()
    } catch {
        log.error("The certificate was not replaced.", service: "http", because: error)
    }
}

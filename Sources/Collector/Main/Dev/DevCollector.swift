import Buffer
import Daemon
import HTTP
import Intake
import Time
import Visitors

/// `run --dev`: shows what a page, a server or a shop sends, while somebody works on it. Needs no
/// aggregator, delivers nothing, and forgets all at its end. Takes requests of this machine only, since
/// its keys are known to everybody.
struct DevCollector {
    private let configuration: Configuration
    private let environment: [String: String]
    private let print: EventPrint
    private let log: Log

    init(_ call: DaemonProgram.Call) {
        (configuration, environment) = (call.configuration, call.environment)
        print = EventPrint(isColoured: Terminal.showsColours(environment))
        log = Log(level: configuration[CollectorConfiguration.logLevel], format: .text)
    }

    /// Runs until a signal ends it; 78 where other machines could reach it.
    func run() async -> Int32 {
        let listeners = CollectorConfiguration.listen.listeners(configuration, nil)
        guard !listeners.isEmpty, listeners.allSatisfy(\.isLoopback) else {
            Terminal.complain(
                "--dev takes requests of this machine only: let listen.plain be on 127.0.0.1 or [::1]."
            )
            return 78
        }
        defer { log.flush() }
        do {
            let folder = try DiskFile.makeTemporaryDirectory(
                named: "convey-dev", in: environment["TMPDIR"] ?? "/tmp")
            defer { DiskFile.removeDirectory(folder) }
            return try await serve(listeners, in: folder).exitStatus
        } catch {
            log.error("The collector could not start.", service: "collector", because: error)
            return 1
        }
    }

    private func serve(_ listeners: [Listener], in folder: String) async throws
        -> ServiceGroup.Outcome
    {
        let place = BufferPlace(
            path: "\(folder)/buffer.db", limits: BufferLimits(bytesMax: 268_435_456))
        let buffer = Buffer(
            place, clock: EdgeClock(wall: SystemClock(), uptime: SystemUptime()),
            wall: SystemClock(), log: log)
        await buffer.open()
        var settings = CollectorParts.intakeSettings(configuration, Visitors())
        settings.takesAnyOrigin = true
        let intake = Intake(
            DevStore(buffer, print) { Terminal.tell($0) }, settings: settings)
        intake.use(DevSites.make(at: SystemClock().now()))
        let server = Server(
            intake.routes.map(shown) + OperationsRoutes(MetricRegistry(), readers: .nobody).routes,
            settings: .local)
        try server.start(listeners)
        announce(zip(listeners, server.ports).compactMap { $0.url(port: $1) }.first ?? "")
        let group = ServiceGroup(
            [
                buffer,
                ClosureService("http") {
                    await server.runUntilCancelled(stopWithin: .milliseconds(800))
                },
            ], log: log)
        return await group.run(signals: Signals.stream())
    }

    /// The same route, which also shows what it refuses.
    private func shown(_ route: Route) -> Route {
        guard case .direct(let handle) = route.handler else { return route }
        var shown = route
        shown.handler = .direct { [print] request, answer in
            handle(
                request,
                Answer { response in
                    answer.send(response)
                    let text = print.text(
                        ofAnswer: response.body, response.status, code: response.code,
                        at: route.path)
                    if let text { Terminal.tell(text + "\n") }
                })
        }
        return shown
    }

    private func announce(_ url: String) {
        Terminal.tell(
            """
            convey-collector \(collectorVersion) shows what is sent to \(url) and keeps nothing.

              pages       key \(DevSites.siteKey), from any origin
              servers     key \(DevSites.serverKey)
              Shopify     \(url)/webhooks/shopify/\(DevSites.shopifyName), secret \(DevSites.secret)
              WooCommerce \(url)/webhooks/woocommerce/\(DevSites.wooName), secret \(DevSites.secret)

            Try: curl '\(url)/v1/events?key=\(DevSites.siteKey)' -d '{"type":"page_view"}'

            """)
        ReadinessNotice.ready.send(to: environment["NOTIFY_SOCKET"])
    }
}

import Accounts
import ConveyProtocol
import Crypto
import Daemon
import Destinations
import Gate
import HTTP
import Ingest
import Pipeline
import Sites
import Store
import Time
import Transfer

/// The running aggregator: makes the parts, opens the doors, and stops everything in order.
struct Aggregator {
    private let configuration: Configuration
    private let environment: [String: String]
    private let place: AggregatorPlace
    private let log: Log

    init(_ configuration: Configuration, environment: [String: String]) {
        self.configuration = configuration
        self.environment = environment
        place = AggregatorPlace(configuration)
        log = Log(
            level: configuration[AggregatorConfiguration.logLevel],
            format: configuration[AggregatorConfiguration.logFormat])
    }

    /// Runs until a signal ends it; the process exits with what this returns.
    func run() async -> Int32 {
        defer { log.flush() }
        do {
            return try await start()
        } catch let refusal as MigrationRefusal {
            Terminal.complain(refusal.sentence)
        } catch let refusal as TransferRefusal {
            Terminal.complain(refusal.sentence)
        } catch let refusal as StartRefusal {
            Terminal.complain(refusal.sentence)
        } catch {
            log.error("The aggregator could not start.", service: "aggregator", because: error)
        }
        return 1
    }

    private func start() async throws -> Int32 {
        try BoundedFile.makeDirectory(place.directory)
        try await waitForCommands()
        let lock = try FileLock(place.lock)
        let data = try AggregatorData(place)
        try await DatabaseStart(data, log).wait()
        try await TransferDesk(data.store, tables: Transfers.tables).checkUse()
        for migration in try await data.migrate() {
            log.notice(
                "The schema was brought forward.", [.version: migration.number])
        }
        let installation = try await Installation.open(data)
        let outcome = try await serve(installation)
        await installation.store.close()
        log.notice("The aggregator stopped.")
        _ = consume lock
        return outcome
    }

    /// A command that was given while no daemon ran works on the data for a moment.
    private func waitForCommands() async throws {
        let end = ContinuousClock.now + Self.lockPatience
        guard isLocked else { return }
        log.notice("Another program works on the data; it is waited for.")
        while isLocked, ContinuousClock.now < end {
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    private var isLocked: Bool {
        do {
            _ = try FileLock(place.lock)
            return false
        } catch {
            return error.isHeld
        }
    }

    private static let lockPatience: Duration = .seconds(5)

    private func serve(_ installation: Installation) async throws -> Int32 {
        let metrics = MetricRegistry()
        metrics.observeProcess(startedAt: installation.clock.now())
        installation.store.publish(in: metrics)
        let listen = AggregatorConfiguration.listen
        listen.makeRoom(configuration, saying: log)
        let tls = try listen.makeTLSContext(configuration)
        let directory = StoredDirectory(installation.store)
        let bells = Bells()
        let pipeline = Pipeline::Pipeline(
            Pipeline::Pipeline.Parts(
                store: installation.store, clock: installation.clock, log: log, metrics: metrics,
                bells: bells))
        let retention = RetentionService(
            Pipeline::Pipeline.Parts(
                store: installation.store, clock: installation.clock, log: log, metrics: metrics))
        await retention.prepare()
        let verdicts = try AdPlatforms.verdicts(
            file: configuration[AggregatorConfiguration.verdictsFile])
        let uploads = uploadService(installation, verdicts, metrics, bells)
        let server = Server(
            try publicRoutes(installation, directory, metrics, bells, verdicts),
            settings: listen.serverSettings(configuration))
        server.counters.publish(in: metrics)
        var adminSettings = ServerSettings()
        adminSettings.loops = 1
        let office = Office(
            place: place, installation: installation, directory: directory, bells: bells,
            verdicts: verdicts)
        let admin = Server([AdminDoor.route(office)], settings: adminSettings)
        try server.start(listen.listeners(configuration, tls))
        try admin.start([.unix(path: place.adminSocket)])
        announce(server)
        let watch = SettingsWatch(installation, directory, bells, log)
        let group = ServiceGroup(
            [
                uploads, pipeline, retention, watch,
                ClosureService("admin") { await admin.runUntilCancelled(stopWithin: .seconds(1)) },
                ClosureService("http") { await server.runUntilCancelled(stopWithin: .seconds(5)) },
            ],
            log: log, reload: { [log] in reload(tls, log) })
        let outcome = await group.run(signals: Signals.stream())
        return outcome.exitStatus
    }

    private func publicRoutes(
        _ installation: Installation, _ directory: StoredDirectory, _ metrics: MetricRegistry,
        _ bells: Bells, _ verdicts: VerdictTable
    ) throws -> [Route] {
        let gate = Gate(
            installation.keyring,
            authorities: configuration[AggregatorConfiguration.publicNames],
            clock: installation.clock)
        var options = BatchReceiverOptions()
        options.pace = Int64(configuration[AggregatorConfiguration.pace])
        options.stages = Pipeline::Pipeline.stages
        options.stored = { bells.pipeline.ring() }
        let receiver = BatchReceiver(
            BatchReceiver.Parts(
                gate: gate, directory: directory, store: installation.store,
                metrics: IngestMetrics(metrics), log: log),
            options: options)
        let desk = EnrolmentDesk(
            sealing: installation.sealingKey, aggregator: installation.keyring.keys.key)
        let keyring = installation.keyring
        let maker = SettingsMaker(sealing: installation.sealingKey, random: RandomBytes()) {
            keyring.keys.history
        }
        let collectors = CollectorRoutes(
            gate: gate, directory: directory,
            parts: CollectorRoutes.Parts(
                store: installation.store, desk: desk, maker: maker,
                rotation: KeyRotationDesk(
                    overlap: configuration[AggregatorConfiguration.keyOverlap])),
            authority: try authority(), witness: Self.witness(installation.clock))
        let operations = OperationsRoutes(
            metrics, readers: AggregatorConfiguration.listen.metricsReaders(configuration))
        return [receiver.route] + collectors.routes + operations.routes
            + BookRoutes(installation.store).routes
            + ExplanationRoutes(installation.store, verdicts, installation.clock).routes
    }

    private func uploadService(
        _ installation: Installation, _ verdicts: VerdictTable, _ metrics: MetricRegistry,
        _ bells: Bells
    ) -> UploadService {
        let platforms = AdPlatforms(clock: installation.clock)
        var tools = UploadTools(
            store: installation.store, sealing: installation.sealingKey,
            verdicts: verdicts, log: log, metrics: UploadMetrics(in: metrics)
        ) { try platforms.platform(of: $0, secret: $1) }
        tools.clock = installation.clock
        tools.lease = place.database.isShared ? .shared : .alone
        tools.timing.firstAsk = configuration[AggregatorConfiguration.firstPoll]
        tools.timing.askMax = configuration[AggregatorConfiguration.pollMax]
        tools.timing.holdFor = configuration[AggregatorConfiguration.holdFor]
        tools.timing.retryFirst = configuration[AggregatorConfiguration.retryFirst]
        tools.timing.backoffMax = configuration[AggregatorConfiguration.backoffMax]
        return UploadService(tools, bell: bells.uploads)
    }

    /// Tells the audit trail whose key is another.
    private static func witness(_ clock: any WallClock) -> CollectorRoutes.Witness {
        { key, transaction in
            try AuditTrail.record(
                AuditEntry(
                    actor: "collector",
                    action: key.isByToken ? "collectors.enrol" : "collectors.rotate",
                    subject: key.collector.description),
                of: key.organization, at: clock.now(), in: transaction)
        }
    }

    private func authority() throws -> String? {
        guard let path = configuration[AggregatorConfiguration.authorityFile] else { return nil }
        return String(decoding: try BoundedFile.read(path, bytesMax: 65_536), as: UTF8.self)
    }

    private func announce(_ server: Server) {
        log.notice(
            "The aggregator is ready.",
            [
                .version: aggregatorVersion,
                LogField("ports"): server.ports.map(\.description).joined(separator: " "),
            ])
        ReadinessNotice.ready.send(to: environment["NOTIFY_SOCKET"])
        StartMemory.giveBack()
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

import Child
import FoundationEssentials
import HTTP
import Stage

/// Both real programs, enrolled with one another, in a folder of the bench.
///
/// The collector's folder is kept as it was after enrolment, so that every measurement starts with
/// an empty buffer.
struct Pair: Sendable {
    let stage: Stage
    let merchant: Merchant
    /// Where the collector takes events over TLS.
    let securePort: UInt16
    private let bench: Bench

    /// - Parameters:
    ///   - name: of the folder; one pair each.
    ///   - database: of the aggregator.
    init(
        _ name: String, _ bench: Bench, database: StageDatabase = .sqlite
    ) async throws {
        self.bench = bench
        _ = try bench.program("convey-collector")
        _ = try bench.program("convey-aggregator")
        let folder = try bench.freshFolder(name)
        stage = try Stage(folder: folder, programs: bench.programs, database: database)
        try Self.raisePace(stage)
        let aggregator = try await stage.startAggregator()
        merchant = try await Merchant.open("Bench", stores: ["bench"], on: stage)
        // All load comes from one address and has few keys.
        try await merchant.set(
            shop: 0,
            [
                "--requests-per-minute", Self.unlimited, "--trusted-requests-per-minute",
                Self.unlimited,
            ])
        securePort = UInt16(try FreePort.pick())
        try stage.write(configuration, to: "\(merchant.name).yaml")
        try await fetchSettings()
        await aggregator.stop()
        try copy(from: merchant.dataDirectory, to: pristine)
    }

    /// The most that a site can be set to.
    private static let unlimited = "100000000"

    /// The aggregator's port.
    var port: String {
        stage.aggregator.authority.split(separator: ":").last.map(String.init) ?? ""
    }

    private var pristine: String { stage.path("pristine") }

    /// Memory bounds as they are by default; a budget on disk that no measurement reaches.
    private var configuration: String {
        """
        data_directory: \(merchant.dataDirectory)
        listen:
          plain: ["\(merchant.intake.authority)"]
          tls: ["127.0.0.1:\(securePort)"]
          certificate_file: \(stage.path("aggregator.crt"))
          key_file: \(stage.path("aggregator.key"))
        buffer:
          bytes_max: 17179869184

        """
    }

    /// By default an aggregator asks collectors for 50,000 events a second each.
    private static func raisePace(_ stage: Stage) throws {
        let text = ProcFile.text(stage.path("aggregator.yaml")) ?? ""
        try stage.write("\(text)collectors:\n  pace: 10000000\n", to: "aggregator.yaml")
    }

    /// Lets the collector run until it knows its sites.
    private func fetchSettings() async throws {
        let collector = try await merchant.startCollector()
        let gauge = CollectorGauge(merchant.intake)
        let limit = ContinuousClock.now + .seconds(20)
        while try await !gauge.isReady() {
            guard ContinuousClock.now < limit else { throw BenchFault("no settings came") }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        await collector.stop()
    }

    /// Copies the collector's files, all but its local socket.
    private func copy(from folder: String, to target: String) throws {
        try FileManager.default.createDirectory(
            atPath: target, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where !name.hasSuffix(".sock") {
            try FileManager.default.copyItem(
                atPath: "\(folder)/\(name)", toPath: "\(target)/\(name)")
        }
    }

    /// Removes everything.
    func remove() { bench.remove(stage.folder) }

    // MARK: The programs

    /// Starts the collector on the server's cores with an empty buffer.
    func startCollector(environment: [String: String] = [:]) async throws -> Program {
        bench.remove(merchant.dataDirectory)
        try copy(from: pristine, to: merchant.dataDirectory)
        return try await continueCollector(environment: environment)
    }

    /// Starts the collector on the server's cores with the buffer that it had.
    func continueCollector(environment: [String: String] = [:]) async throws -> Program {
        let program = try bench.start(
            bench.program("convey-collector"), ["run", "--config", merchant.configuration],
            environment: environment, log: stage.path("logs/\(merchant.name).log"))
        try await program.ready()
        return program
    }

    /// Starts the aggregator with the database that it had.
    func startAggregator(
        on place: Bench.Place, environment: [String: String] = [:]
    ) async throws -> Program {
        let program = try bench.start(
            bench.program("convey-aggregator"),
            ["serve", "--config", stage.path("aggregator.yaml")], on: place,
            environment: environment, log: stage.path("logs/aggregator.log"))
        try await program.ready()
        return program
    }

    // MARK: Load

    /// Load for the collector: browsers' events with the shop's site key.
    func load(_ eventsEach: Int, usesTLS: Bool, connections: Int) throws -> Load {
        guard
            let plain = merchant.intake.authority.split(separator: ":").last.flatMap({ UInt16($0) })
        else { throw BenchFault("the collector has no port") }
        var samples = Samples(seed: UInt64(eventsEach))
        let bodies = samples.bodies(max(4_000 / eventsEach, 60), eventsEach: eventsEach)
        var load = Load(
            port: usesTLS ? securePort : plain, target: "POST /v1/events", bodies: bodies)
        load.usesTLS = usesTLS
        load.connections = connections
        load.headers = [
            ("X-Site-Key", merchant.shops[0].siteKey), ("User-Agent", Self.agent),
            ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
        ]
        load.seconds = bench.seconds
        load.warmUpSeconds = bench.warmUpSeconds
        return load
    }

    /// Load of one Shopify order again and again, its body of about 64 KB, signed.
    func webhookLoad() throws -> Load {
        let body = Array(Self.largeOrder.utf8)
        let request = merchant.shops[0].webhookRequest(
            "orders/create", body, id: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", to: merchant.intake)
        var load = try load(1, usesTLS: false, connections: 64)
        load.target = "POST \(request.target)"
        load.headers = request.headers.all.filter { $0.name.lowercased() != "content-type" }
        load.bodies = [SampleBody(signed: body)]
        return load
    }

    /// An order of 180 lines.
    private static var largeOrder: String {
        let lines = (1...180).map { number in
            """
            {"id":\(9_000_000 + number),"product_id":\(number),"variant_id":\(number),"sku":"LAMP-\(number)",\
            "title":"Lamp number \(number)","quantity":1,"price":"19.99","vendor":"Example Lamps","grams":900,\
            "fulfillment_status":null,"requires_shipping":true,"taxable":true,"gift_card":false,\
            "properties":[{"name":"engraving","value":"none"}],"tax_lines":[{"title":"VAT","price":"3.19",\
            "rate":0.19}]}
            """
        }
        return """
            {"id":5000000000001,"name":"#1001","order_number":1001,"test":false,"confirmed":true,\
            "created_at":"2026-03-01T12:00:00Z","processed_at":"2026-03-01T12:00:00Z",\
            "updated_at":"2026-03-01T12:00:00Z","financial_status":"paid","currency":"EUR",\
            "total_price":"3598.20","email":"buyer@example.com","cart_token":"c1","checkout_token":"t1",\
            "landing_site":"/?gclid=Cj0KCQexampleexampleexample_wcB","source_name":"web",\
            "line_items":[\(lines.joined(separator: ","))],"refunds":[]}
            """
    }

    private static let agent =
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
}

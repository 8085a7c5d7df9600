extension Part {
    /// Rooms alone, in this process, and the HTTP server with nothing behind it.
    static let rooms = Part(
        name: "rooms", sentence: "Single rooms that events pass through."
    ) { bench in
        var result = PartResult("rooms", "Single rooms", bench)
        result.tables = [try probeTable(bench), try await httpTable(bench)]
        return result
    }

    private static func probeTable(_ bench: Bench) throws -> PartResult.Table {
        var table = PartResult.Table(
            title: "In process, one thread",
            columns: ["probe", "what it does", "a second", "µs each"])
        for probe in RoomProbe.all {
            let rate = try rate(of: probe, bench)
            table.rows.append([
                "`\(probe.name)`", "\(probe.sentence)", "\(Numbers.text(rate)) \(probe.unit)s",
                Numbers.text(1e6 / rate),
            ])
        }
        return table
    }

    /// Units a second of one thread; the median of the rounds.
    private static func rate(of probe: RoomProbe, _ bench: Bench) throws -> Double {
        let call = try probe.make()
        for _ in 0..<3 { try call() }
        let clock = ContinuousClock()
        return try (0..<bench.rounds).map { _ in
            let start = clock.now
            let end = start + .seconds(bench.isQuick ? 0.25 : 1)
            var calls = 0
            while clock.now < end {
                try call()
                calls += 1
            }
            return Double(calls * probe.unitsPerCall) / ((clock.now - start) / .seconds(1))
        }.median
    }

    private static func httpTable(_ bench: Bench) async throws -> PartResult.Table {
        let folder = try bench.freshFolder("rooms")
        defer { bench.remove(folder) }
        let identity = try LocalIdentity(in: folder)
        var samples = Samples(seed: 21)
        var load = Load(
            port: 0, target: "POST /v1/events", bodies: samples.bodies(1_000, eventsEach: 1))
        var table = PartResult.Table(
            title: "The room HTTP beside a bare server",
            columns: [
                "", "bare, requests/s", "CPU µs each", "HTTP, requests/s", "CPU µs each",
                "ratio of CPU",
            ])
        for (usesTLS, connections) in [(false, 64), (false, 512), (true, 64), (true, 512)] {
            load.usesTLS = usesTLS
            load.connections = connections
            table.rows.append(try await row(load, identity, in: folder, bench))
        }
        table.notes = [
            """
            Both answer 204 to an event of about 420 bytes, on two threads. The ratio is what a request \
            costs in our HTTP layer over what it must cost.
            """
        ]
        return table
    }

    /// The bare server and the house's, in turns under the same load.
    private static func row(
        _ load: Load, _ identity: LocalIdentity, in folder: String, _ bench: Bench
    ) async throws -> [String] {
        let tls = load.usesTLS ? identity : nil
        var bare: [LoadResult] = []
        var house: [LoadResult] = []
        for _ in 0..<bench.rounds {
            bare.append(
                try await LocalServer.measure(.bareServer, load, tls: tls, in: folder, bench))
            house.append(
                try await LocalServer.measure(.houseServer, load, tls: tls, in: folder, bench))
        }
        let bareCost = bare.map(\.serverMicrosecondsPerRequest).median
        let houseCost = house.map(\.serverMicrosecondsPerRequest).median
        return [
            "\(load.usesTLS ? "HTTPS" : "HTTP"), \(load.connections) connections",
            Numbers.text(bare.map(\.requestsPerSecond).median), Numbers.text(bareCost),
            Numbers.text(house.map(\.requestsPerSecond).median), Numbers.text(houseCost),
            Numbers.text(houseCost / bareCost),
        ]
    }
}

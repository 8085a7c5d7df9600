import ConveyProtocol
import Crypto
import Daemon
import Destinations
import Doubles
import HTTP
import Synchronization
import TestSupport
import Time

/// A client before a double, in one process, time by hand.
struct Bench {
    let double: GoogleDouble
    let clock = ManualClock(at: Timestamp("2026-03-10T12:00:00Z") ?? .earliest)
    let uptime = ManualUptime()
    let tokens: AccessTokens
    let client: DataManagerClient

    static func with(
        _ grant: GoogleCredential.Grant? = nil, settings: GoogleDouble.Settings = .init(),
        _ body: (Bench) async throws -> Void
    ) async throws {
        let bench = try Bench(grant, settings)
        do {
            try await body(bench)
        } catch {
            await bench.double.stop()
            throw error
        }
        await bench.double.stop()
    }

    private init(_ grant: GoogleCredential.Grant?, _ settings: GoogleDouble.Settings) throws {
        var tools = GoogleDouble.Tools()
        tools.clock = clock.wall
        double = try GoogleDouble(settings, tools: tools)
        try double.start()
        let credential = try GoogleCredential(json: Array(double.credentials.file.utf8))
        let http = Client(DataManagerClient.clientSettings)
        tokens = AccessTokens(
            grant ?? credential.grant, at: .init(double.origin, client: http), clock: clock.wall,
            uptime: uptime)
        client = DataManagerClient(
            double.origin, tokens: tokens, quotaProject: "project-1", client: http)
    }

    /// Requests that the double has had at an endpoint.
    func requests(_ endpoint: DoubleEndpoint) -> Int {
        double.statistics.counts["requests.\(endpoint.rawValue)"] ?? 0
    }

    static func batch(_ ids: [String], validateOnly: Bool = false) -> PlatformBatch {
        let at = Timestamp("2026-03-09T12:00:00Z") ?? .earliest
        return PlatformBatch(
            to: EventBodyTests.address,
            ids.map { id in
                var upload = PlatformUpload(
                    id, at: at, value: Money(micros: 12_500_000, currency: EventBodyTests.eur))
                upload.click = PlatformClick(.gclid, "EAIaIQobChMIsample")
                return upload
            }, validateOnly: validateOnly)
    }
}

/// Uptime that stands still until a test moves it.
final class ManualUptime: Uptime {
    private let value = Mutex(Duration.seconds(1000))
    func now() -> Duration { value.withLock { $0 } }
    func advance(by duration: Duration) { value.withLock { $0 += duration } }
}

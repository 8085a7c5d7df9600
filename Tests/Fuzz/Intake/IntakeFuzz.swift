import Synchronization
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import HTTP
@testable import Intake

/// Reads foreign bytes as requests of every form that intake takes but webhooks. The first byte chooses
/// the form. Whatever is stored must pass the aggregator's check.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let doors = FuzzedSite.doors
    FuzzedSite.send(doors[Int(choice) % doors.count](Array(bytes.dropFirst())))
    return 0
}

/// An intake whose store checks every event.
private enum FuzzedSite {
    static let siteKey = "site_fuzz"
    static let serverKey = "server_fuzz"
    private static let intake = makeIntake()
    private static let router = Router(intake.routes)

    /// How bytes become a request.
    typealias Door = @Sendable ([UInt8]) -> Request

    static let doors: [Door] =
        [
            post("/v1/events", ["X-API-Key": siteKey]),
            post("/v1/events", ["X-API-Key": serverKey, "Idempotency-Key": "fuzz"]),
            post("/v1/events", ["X-API-Key": siteKey, "Content-Type": "application/x-ndjson"]),
            post("/v1/events", ["Content-Type": "application/cloudevents+json"]),
            post(
                "/v1/events",
                ["X-API-Key": serverKey, "Content-Type": "application/cloudevents-batch+json"]),
            { binaryCloudEvent($0) }, { signed($0) }, { picture($0) },
            post("/v1/batch", [:]), post("/v1/batch", ["X-API-Key": serverKey]),
            post("/api/cart-tracking/track", ["X-API-Key": siteKey]),
            post("/api/cart-tracking/track/bulk", ["X-API-Key": serverKey]),
            post("/api/conversions", ["X-API-Key": siteKey]),
        ]
        + ["track", "page", "screen", "identify", "group", "alias"].map {
            post("/v1/\($0)", ["X-API-Key": serverKey])
        }

    private static func post(_ path: String, _ headers: Headers) -> Door {
        { Request(.post, path, headers: headers, body: $0) }
    }

    /// The first lines are attributes, the rest is the body.
    private static func binaryCloudEvent(_ bytes: [UInt8]) -> Request {
        var headers: Headers = ["X-API-Key": serverKey, "ce-specversion": "1.0"]
        let lines = bytes.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
        for (name, line) in zip(["ce-id", "ce-source", "ce-type", "ce-time"], lines) {
            headers.add(name, String(decoding: line, as: UTF8.self))
        }
        return Request(
            .post, "/v1/events", headers: headers, body: lines.count > 4 ? Array(lines[4]) : [])
    }

    private static func signed(_ bytes: [UInt8]) -> Request {
        let headers: Headers = [
            "X-Convey-Signature": String(decoding: bytes, as: UTF8.self),
            "X-Site-Id": "shop.example",
        ]
        return Request(.post, "/v1/events", headers: headers, body: bytes)
    }

    private static func picture(_ bytes: [UInt8]) -> Request {
        let query = String(decoding: bytes, as: UTF8.self)
        return Request(
            .get, "/v1/p.gif?key=\(siteKey)&\(query)",
            headers: ["Referer": "https://shop.example/?\(query)"])
    }

    static func send(_ request: Request) {
        guard case .found(let route, _) = router.match(request.method, request.path),
            case .direct(let handle) = route.handler
        else { preconditionFailure("Intake has this route.") }
        let isAnswered = Atomic(false)
        handle(
            request,
            Answer { response in
                precondition((200..<500).contains(response.status), "Intake failed.")
                isAnswered.store(true, ordering: .relaxed)
            })
        precondition(isAnswered.load(ordering: .relaxed), "No answer came.")
    }

    private static func makeIntake() -> Intake {
        guard let id = SiteID(bytes: Array(repeating: 7, count: 16)),
            let collector = CollectorID(bytes: Array(repeating: 8, count: 16)),
            let organization = OrganizationID(bytes: Array(repeating: 9, count: 16)),
            let currency = Currency("EUR")
        else { preconditionFailure("The fuzzed site is sound.") }
        var site = SiteSettings.Site(
            id: id, name: "shop.example", platform: .custom, currency: currency, timeZone: "UTC")
        site.siteKeys = [siteKey]
        site.serverKeys = [ServerKey.hash(serverKey)]
        site.webhookSecrets = ["signing": ["hush"]]
        // No fuzzer waits for a quota.
        site.limits.requestsPerMinute = 1_000_000_000
        site.limits.cartRequestsPerMinute = 1_000_000_000
        site.limits.cartRequestsPerHour = 1_000_000_000
        site.limits.trustedRequestsPerMinute = 1_000_000_000
        var settings = SiteSettings(
            version: 1, collector: collector, organization: organization,
            issuedAt: Timestamp(microseconds: 0))
        settings.sites = [site]
        let intake = Intake(CheckingStore())
        intake.use(IntakeSites(settings) { box, _, _ in box })
        return intake
    }
}

private struct CheckingStore: EventStore {
    private let clock = EdgeClock(
        wall: SystemClock(), uptime: SystemUptime(), boot: BootID(bytes: [1]))

    var shutBecause: BufferRefusal? { nil }

    func countRefused(_ count: Int, as reason: String, in lane: Lane) {}

    func stamp() -> EdgeClock.Stamp { clock.stamp() }

    func append(
        _ events: IncomingEvents,
        then completion: @escaping @Sendable (PerLane<BufferRefusal?>) -> Void
    ) {
        var check = EventCheck()
        for lane in Lane.allCases {
            for line in events.segments[lane].flatMap({ $0.lines.split(separator: 0x0A) }) {
                let numbered = Array(#"{"seq":1,"#.utf8) + line.dropFirst()
                guard case .sound = check.read(numbered.span) else {
                    preconditionFailure("Intake stored what the aggregator would refuse.")
                }
            }
        }
        completion(PerLane(repeating: nil))
    }
}

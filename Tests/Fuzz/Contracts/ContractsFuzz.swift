import Synchronization
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import HTTP
@testable import Intake

/// Reads foreign bytes as the bodies of the two contracts, by a browser and by a server. The first byte
/// chooses. Whatever is stored must pass the aggregator's check, and every answer has its contract's
/// shape.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let paths = [
        "/api/cart-tracking/track", "/api/cart-tracking/track/bulk", "/api/conversions",
    ]
    var headers: Headers = [
        "X-API-Key": choice & 1 == 0 ? FuzzedShop.siteKey : FuzzedShop.serverKey
    ]
    if choice & 2 != 0 { headers.add("Idempotency-Key", "fuzz") }
    FuzzedShop.send(
        Request(
            .post, paths[Int(choice >> 2) % paths.count], headers: headers,
            body: Array(bytes.dropFirst())))
    return 0
}

/// An intake whose store checks every event; its site keeps no raw value.
private enum FuzzedShop {
    static let siteKey = "site_fuzz"
    static let serverKey = "server_fuzz"
    private static let intake = makeIntake()
    private static let router = Router(intake.routes)

    static func send(_ request: Request) {
        guard case .found(let route, _) = router.match(request.method, request.path),
            case .direct(let handle) = route.handler
        else { preconditionFailure("Intake has this route.") }
        let isAnswered = Atomic(false)
        handle(
            request,
            Answer { response in
                precondition([200, 201, 202, 400].contains(response.status), "Intake failed.")
                let isSuccess = response.status < 300
                let text = String(decoding: response.body.prefix(20), as: UTF8.self)
                let starts =
                    request.path == "/api/conversions"
                    ? #"{"success":\#(isSuccess)"#
                    : #"{"status":"\#(isSuccess ? "success" : "error")""#
                precondition(text.hasPrefix(starts), "The answer has another shape.")
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
        site.limits.requestsPerMinute = 100_000_000
        site.limits.cartRequestsPerMinute = 100_000_000
        site.limits.cartRequestsPerHour = 100_000_000
        site.limits.trustedRequestsPerMinute = 100_000_000
        var settings = SiteSettings(
            version: 1, collector: collector, organization: organization,
            issuedAt: Timestamp(microseconds: 0))
        settings.sites = [site]
        let intake = Intake(CheckingStore())
        intake.use(IntakeSites(settings) { _, _, _ in nil })
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

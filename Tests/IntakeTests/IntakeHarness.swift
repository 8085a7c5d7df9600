import Crypto
import Foundation
import Synchronization
import TestSupport
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import HTTP
@testable import Intake

/// An intake over memory instead of a disk, with one site of each kind.
final class IntakeHarness: Sendable {
    static let site = SiteID(bytes: Array(0..<16))!
    static let shop = SiteID(bytes: Array(16..<32))!
    static let shopName = "acme.myshopify.com"
    static let wooShop = SiteID(bytes: Array(64..<80))!
    static let siteKey = "site_AAAAAAAAAAAAAAAAAAAAAA"
    static let shopKey = "site_BBBBBBBBBBBBBBBBBBBBBB"
    static let serverKey = "server_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
    static let secret = "hush"
    static let previousSecret = "hush before"
    static let origin = "https://shop.example"

    let clock = ManualClock()
    /// What rate limits are measured by.
    let uptime = SteppedUptime()
    let store: MemoryStore
    let intake: Intake
    let router: Router

    init(
        settings: IntakeSettings = IntakeSettings(),
        _ change: (inout SiteSettings.Site, inout SiteSettings.Site) -> Void = { _, _ in },
        woo: (inout SiteSettings.Site) -> Void = { _ in }
    ) {
        store = MemoryStore(clock.wall)
        intake = Intake(store, settings: settings, uptime: uptime, ticks: clock)
        router = Router(intake.routes)
        intake.use(Self.sites(change, woo: woo))
    }

    static func sites(
        _ change: (inout SiteSettings.Site, inout SiteSettings.Site) -> Void = { _, _ in },
        woo: (inout SiteSettings.Site) -> Void = { _ in }
    ) -> IntakeSites {
        var custom = SiteSettings.Site(
            id: site, name: "shop.example", platform: .custom, currency: Currency("EUR")!,
            timeZone: "Europe/Berlin")
        custom.siteKeys = [siteKey]
        custom.serverKeys = [ServerKey.hash(serverKey)]
        custom.origins = [origin]
        var shop = SiteSettings.Site(
            id: Self.shop, name: shopName, platform: .shopify, currency: Currency("USD")!,
            timeZone: "America/New_York")
        shop.siteKeys = [shopKey]
        shop.webhookSecrets = ["shopify": [secret, previousSecret]]
        change(&custom, &shop)
        var wooShop = SiteSettings.Site(
            id: Self.wooShop, name: "woo.example", platform: .woocommerce,
            currency: Currency("EUR")!, timeZone: "Europe/Berlin")
        wooShop.webhookSecrets = ["woocommerce": [secret, previousSecret]]
        woo(&wooShop)
        var settings = SiteSettings(
            version: 1, collector: CollectorID(bytes: Array(32..<48))!,
            organization: OrganizationID(bytes: Array(48..<64))!,
            issuedAt: Timestamp(microseconds: 0))
        settings.sites = [custom, shop, wooShop]
        // In a test a secret's box is the secret.
        return IntakeSites(settings) { box, _, _ in box }
    }

    /// Sends one request through the routes, as the server would.
    func send(_ request: Request) -> Response {
        let path = request.path
        guard case .found(let route, let parameters) = router.match(request.method, path) else {
            fatalError("No route for \(path).")
        }
        guard case .direct(let handle) = route.handler else { fatalError("Intake is direct.") }
        let response = Mutex<Response?>(nil)
        handle(request.with(parameters), Answer { sent in response.withLock { $0 = sent } })
        guard let response = response.withLock({ $0 }) else { fatalError("No answer came.") }
        Conformance.check(response, to: request, by: route)
        return response
    }

    /// Sends one request to a route that answers as a task.
    func follow(_ request: Request) async -> Response {
        guard case .found(let route, let parameters) = router.match(request.method, request.path),
            case .concurrent(let handle) = route.handler
        else { fatalError("No such route for \(request.path).") }
        let response = await handle(request.with(parameters))
        Conformance.check(response, to: request, by: route)
        return response
    }

    /// Sends a body to `/v1/events` with a site key.
    func post(
        _ body: String, key: String? = siteKey, headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        if let key { headers.add("X-API-Key", key) }
        return send(Request(.post, "/v1/events", headers: headers, body: Array(body.utf8)))
    }

    /// Sends a webhook signed with the current secret.
    func webhook(
        _ topic: String, _ body: [UInt8], id: String = "0d5b6a8e-0000-4000-8000-000000000001",
        secret: String = secret, shop: String = shopName, headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        let code = HMAC.sha256(body, key: Array(secret.utf8))
        headers.add("X-Shopify-Hmac-Sha256", Base64.encode(code.bytes))
        headers.add("X-Shopify-Topic", topic)
        headers.add("X-Shopify-Shop-Domain", shop)
        headers.add("X-Shopify-Webhook-Id", id)
        headers.add("X-Shopify-Event-Id", "98880550-7158-44d4-b7cd-2c97c8a091b5")
        headers.add("X-Shopify-API-Version", "2026-10")
        headers.add("X-Shopify-Triggered-At", "2026-01-01T00:00:00.123456789Z")
        return send(
            Request(
                .post, "/webhooks/shopify/\(Self.shop)", headers: headers, body: body))
    }
}

extension IntakeHarness {
    /// Sends a webhook of WooCommerce, signed with the current secret.
    func woo(
        _ topic: String, _ body: [UInt8], secret: String = secret, delivery: String = "d-1"
    ) -> Response {
        let code = HMAC.sha256(body, key: Array(secret.utf8))
        let headers: Headers = [
            "Content-Type": "application/json", "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": Base64.encode(code.bytes), "X-WC-Webhook-ID": "142",
            "X-WC-Webhook-Source": "https://woo.example/", "X-WC-Webhook-Delivery-ID": delivery,
        ]
        return send(
            Request(
                .post, "/webhooks/woocommerce/\(Self.wooShop)", headers: headers, body: body))
    }
}

/// Keeps what intake stores, and refuses lanes when told.
final class MemoryStore: EventStore {
    struct State {
        var lines = PerLane<[String]>(repeating: [])
        var refusals = PerLane<BufferRefusal?>(repeating: nil)
        var shutBecause: BufferRefusal?
        var refused = PerLane<[String: Int]>(repeating: [:])
        /// Whether the disk hangs: no commit comes.
        var isStuck = false
        var waiting: [@Sendable () -> Void] = []
    }

    let state = Mutex(State())

    func countRefused(_ count: Int, as reason: String, in lane: Lane) {
        state.withLock { $0.refused[lane][reason, default: 0] += count }
    }
    private let clock: EdgeClock

    init(_ wall: any WallClock) {
        clock = EdgeClock(wall: wall, uptime: StillUptime(), boot: BootID(bytes: [1]))
    }

    func stamp() -> EdgeClock.Stamp { clock.stamp() }

    func append(
        _ events: IncomingEvents,
        then completion: @escaping @Sendable (PerLane<BufferRefusal?>) -> Void
    ) {
        let refusals = state.withLock { state in
            for lane in Lane.allCases where state.refusals[lane] == nil {
                for segment in events.segments[lane] {
                    state.lines[lane] += segment.lines.split(separator: UInt8(ascii: "\n")).map {
                        String(decoding: $0, as: UTF8.self)
                    }
                }
            }
            return PerLane<BufferRefusal?> { lane in
                events.count(lane) > 0 ? state.refusals[lane] : nil
            }
        }
        let isStuck = state.withLock { state in
            if state.isStuck { state.waiting.append { completion(refusals) } }
            return state.isStuck
        }
        if !isStuck { completion(refusals) }
    }

    /// The disk works again: all commits come.
    func release() {
        let waiting = state.withLock { state in
            defer { (state.isStuck, state.waiting) = (false, []) }
            return state.waiting
        }
        for commit in waiting { commit() }
    }

    var shutBecause: BufferRefusal? { state.withLock { $0.shutBecause } }

    func lines(_ lane: Lane) -> [String] { state.withLock { $0.lines[lane] } }

    /// Every stored event, parsed; each has passed the aggregator's own check.
    var events: [Event] {
        Lane.allCases.flatMap { lane in lines(lane).map { Event($0, lane) } }
    }
}

/// Uptime that stands still until a test moves it.
final class SteppedUptime: Uptime {
    private let reading = Mutex(Duration.seconds(1000))

    func now() -> Duration { reading.withLock { $0 } }
    func advance(by duration: Duration) { reading.withLock { $0 += duration } }
}

private struct StillUptime: Uptime {
    func now() -> Duration { .seconds(1) }
}

/// A stored event, read for a test.
struct Event {
    let lane: Lane
    let text: String
    private let root: [String: Any]
    let fault: EventFault?

    init(_ line: String, _ lane: Lane) {
        self.lane = lane
        text = line
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
        root = object as? [String: Any] ?? [:]
        var check = EventCheck()
        let numbered = Array(#"{"seq":1,"#.utf8) + line.utf8.dropFirst()
        switch check.read(numbered.span) {
        case .sound: fault = nil
        case .faulty(let found, _, _): fault = found
        }
    }

    /// A value by its path, as `order.id`, in words.
    subscript(_ path: String) -> String? {
        Self.value(root, path)
    }

    static func value(_ root: [String: Any], _ path: String) -> String? {
        var value: Any = root
        for name in path.split(separator: ".") {
            guard let next = (value as? [String: Any])?[String(name)] else { return nil }
            value = next
        }
        return value is NSNull ? nil : "\(value)"
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(_ path: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return object.flatMap { Event.value($0, path) }
    }

    func results() -> [[String: Any]] {
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return object?["results"] as? [[String: Any]] ?? []
    }
}

extension Request {
    func with(_ parameters: [String: String]) -> Request {
        var copy = self
        copy.pathParameters = parameters
        return copy
    }
}

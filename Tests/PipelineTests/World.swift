import AggregatorBench
import ConveyProtocol
import Sites
import TestSupport
import Timeline

/// A made-up history of two organizations' shops, the same for the same seed: what happened, what was
/// reported of it by whom, and how the sites are judged. Names are few, so that they meet often.
struct World: Sendable {
    let seed: UInt64
    /// Every copy of every event.
    var copies: [WorldEvent] = []
    /// By the site's short number.
    private(set) var policies: [Int64: SitePolicy] = [:]
    /// How many may share a key; few in some worlds, so that limits break.
    private(set) var limits = LinkLimits.standard
    var random: SeededRandom
    private var eventNumber = 0
    /// How often a name is taken from somebody else, in percent.
    private let muddle: Int

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        muddle = [0, 3, 10, 30][random.below(4)]
        if random.chance(50) { limits = Self.tight(&random) }
        var sites: [Int64] = [1, 1, 1, 2, 5].shuffled(using: &random)
        sites.removeLast(3 + random.below(2))
        if random.chance(50) { sites.append([3, 4][random.below(2)]) }
        for site in Set(sites).sorted() {
            var policy = Self.policy(&random)
            // Of a token that too many facts hold, which belong to an order hangs on where one starts.
            if limits.factsMax < 100 { policy.grace = .seconds(3_600) }
            policies[site] = policy
            tell(of: site)
        }
        copy()
        makeFirstsPlain()
    }

    private static func tight(_ random: inout SeededRandom) -> LinkLimits {
        func few() -> Int { 1 + random.below(2) }
        var limits = LinkLimits.standard
        limits.shared = [
            .init(.visitor, counted: .customer, max: few()),
            .init(.visitor, counted: .email, max: few()),
            .init(.visitor, counted: .phone, max: few()),
            .init(.session, counted: .visitor, max: few()),
            .init(.cartToken, counted: .visitor, max: few()),
            .init(.checkoutToken, counted: .visitor, max: few()),
            .init(.orderID, counted: .email, max: few()),
            .init(.orderName, counted: .email, max: few()),
            .init(.customer, counted: .visitor, max: few()),
            .init(.email, counted: .visitor, max: few()),
            .init(.phone, counted: .visitor, max: few()),
        ]
        if random.chance(40) { limits.factsMax = 3 + random.below(6) }
        if random.chance(30) { limits.personFactsMax = 4 + random.below(12) }
        return limits
    }

    private static func policy(_ random: inout SeededRandom) -> SitePolicy {
        var policy = SitePolicy()
        policy.confirmation = [.platform, .any, nil][random.below(3)]
        policy.unknownConsent = SitePolicy.UnknownConsent.allCases[random.below(3)]
        policy.windowDays = [nil, 7, 30][random.below(3)]
        policy.model = SitePolicy.Model.allCases[random.below(7)]
        policy.sharing.resetsOnConversion = random.chance(30)
        policy.sharing.creditsDirect = random.chance(50)
        // What is settled is judged once more: where that is at once, nothing else makes up for orders
        // that were overlooked.
        if random.chance(60) { policy.grace = .zero }
        if random.chance(15) { policy.countingStates = ["paid", "pending", "completed"] }
        return policy
    }

    // MARK: Names

    /// An order's names, and those of who placed it.
    struct Names {
        var id, name, cart, checkout, customer, email, phone, visitor, session: String
        /// When it was placed.
        var at: Int64
    }

    /// The same at every site, and in both organizations.
    static func names(_ number: Int, at seconds: Int64) -> Names {
        Names(
            id: "900\(number)", name: "100\(number)", cart: "cart-\(number)",
            checkout: "checkout-\(number)", customer: "70\(number)", email: "e\(number)",
            phone: "f\(number)", visitor: "v\(number)", session: "s\(number)", at: seconds)
    }

    mutating func event(
        _ type: String, _ site: Int64, _ source: EventSource = .browser,
        _ credential: CredentialClass = .siteKey, at seconds: Int64
    ) -> WorldEvent {
        eventNumber += 1
        // Ids are unique only in a site and class.
        let id =
            random.chance(15) ? "shared-\(eventNumber % 3)-\(type.prefix(4))" : "e\(eventNumber)"
        var event = WorldEvent(
            id, site: site, type: type, source: source, credential: credential, at: seconds)
        event.lag = Int64(eventNumber) * 7
        return event
    }

    /// The name, or now and then another's of the same kind.
    mutating func often(_ name: String, _ percent: Int = 100) -> String? {
        guard random.chance(percent) else { return nil }
        guard random.chance(muddle) else { return name }
        return String(name.dropLast()) + "\(1 + random.below(4))"
    }

    // MARK: Stories

    mutating func tell(of site: Int64) {
        for number in 1...(1 + random.below(3)) {
            let names = Self.names(number, at: Int64(random.below(40)) * 21_600)
            for _ in 0..<random.below(4) { land(names, site) }
            for _ in 0..<random.below(2) { look(names, site) }
            if random.chance(50) { fill(names, site) }
            if random.chance(25) { identify(names, site) }
            order(names, site)
            if random.chance(25) { claim(names, site) }
        }
        if random.chance(25) { buyNothingNamed(site) }
    }

    mutating func somebody(_ event: inout WorldEvent, _ names: Names) {
        event.visitor = often(names.visitor, 92)
        event.session = often(random.chance(70) ? names.session : names.session + "b", 85)
        if random.chance(30) { event.consent = consent() }
        event.url = "https://one.myshopify.com/products/1"
    }

    mutating func consent() -> [String] {
        (0..<3).map { _ in ["granted", "granted", "denied", "unknown"][random.below(4)] }
    }

    /// Before the order by up to eight days, by exactly a window, or right after it.
    mutating func before(_ names: Names) -> Int64 {
        switch random.below(10) {
        case 0: names.at - 7 * 86_400 + Int64(random.below(3) - 1)
        case 1: names.at - 30 * 86_400 - Int64(random.below(2))
        case 2: names.at + 200 + Int64(random.below(3)) * 50
        default: names.at - Int64(random.below(200)) * 3_600
        }
    }

    mutating func land(_ names: Names, _ site: Int64) {
        var landing = event("page_view", site, at: before(names))
        somebody(&landing, names)
        switch random.below(6) {
        case 0, 1: landing.clicks = [("gclid", click("gclid"))]
        case 2:
            landing.clicks = [("gclid", click("gclid")), ("gbraid", click("gbraid"))]
            landing.utm = [("source", "google"), ("medium", "cpc"), ("campaign", "spring")]
        case 3: landing.clicks = [([("wbraid", "fbclid", "ttclid")][0].0, click("wbraid"))]
        case 4:
            landing.utm = [
                ("source", ["newsletter", "google"][random.below(2)]),
                ("medium", ["email", "cpc"][random.below(2)]),
            ]
        default:
            landing.referrer =
                ["https://www.google.com/", "https://blog.example/a"][random.below(2)]
        }
        copies.append(landing)
    }

    /// Whole, as a rule, and one of a few of its kind: people pass addresses on.
    mutating func click(_ kind: String) -> String {
        let number = random.below(5)
        return "\(kind)-\(number)-" + String(repeating: "x", count: random.chance(93) ? 24 : 13)
    }

    mutating func look(_ names: Names, _ site: Int64) {
        for _ in 0...random.below(2) {
            var view = event("page_view", site, at: before(names))
            somebody(&view, names)
            copies.append(view)
        }
    }

    mutating func fill(_ names: Names, _ site: Int64) {
        var cart = event("add_to_cart", site, at: names.at - 1_800)
        somebody(&cart, names)
        cart.order = [("cart_token", often(names.cart, 100) ?? "cart-9")]
        copies.append(cart)
        guard random.chance(70) else { return }
        var checkout = event("begin_checkout", site, at: names.at - 600)
        somebody(&checkout, names)
        checkout.order = [
            ("cart_token", often(names.cart, 70)), ("checkout_token", often(names.checkout)),
        ].compactMap { name, value in value.map { (name, $0) } }
        checkout.email = often(names.email, 30)
        copies.append(checkout)
    }

    mutating func identify(_ names: Names, _ site: Int64) {
        var login = event("login", site, at: before(names))
        somebody(&login, names)
        login.email = often(names.email, 70)
        login.phone = often(names.phone, 30)
        login.externalID = often(names.customer, 40)
        copies.append(login)
    }

    // MARK: Copies

    /// Some events come again under the same id with other content: the first that was received counts.
    /// A plain view never does: which view then is the first of its session is not found out again.
    mutating func copy() {
        for event in copies where random.chance(12) && !event.isPlain {
            var other = event
            other.lag = event.lag + [-1_000_000, 500_000][random.below(2)] + Int64(copies.count)
            switch random.below(5) {
            case 0: (other.visitor, other.session) = (nil, nil)
            case 1: other.visitor = other.visitor.map { _ in "v\(1 + random.below(4))" }
            case 2: other.amount = other.amount.map { _ in "77" }
            case 3 where event.type != "page_view": (other.order, other.email) = ([], nil)
            case 3: other.clicks = [("gclid", click("gclid"))]
            default: other.occurredAt += 3_600
            }
            if random.chance(25) {
                // Received in the same millisecond: the collector decides.
                other.lag = event.lag + (event.occurredAt - other.occurredAt) * 1_000
                other.pinned = 1 + random.below(2)
                if let place = copies.firstIndex(where: { $0.line == event.line }) {
                    copies[place].pinned = 0
                }
            }
            copies.append(other)
        }
    }
}

extension World {
    /// Of copies that any collector may hold no two were received in the same millisecond.
    fileprivate mutating func makeFirstsPlain() {
        var taken: Set<String> = []
        for place in copies.indices {
            while !taken.insert(copies[place].rank).inserted, copies[place].pinned == nil {
                copies[place].lag += 1
            }
        }
    }
}

extension WorldEvent {
    /// Whether it only says that somebody was there.
    fileprivate var isPlain: Bool {
        type == "page_view" && clicks.isEmpty && utm.isEmpty && referrer == nil
    }

    fileprivate var rank: String {
        "\(site) \(credential.rawValue) \(id) \(occurredAt * 1_000 + lag)"
    }
}

extension SeededRandom {
    /// 0 ..< bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

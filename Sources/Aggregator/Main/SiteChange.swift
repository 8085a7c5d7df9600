import ConveyProtocol
import Daemon

/// What `sites set` changes of what collectors are told of a site; what is not named stays.
struct SiteChange: Sendable {
    private let changes: [@Sendable (inout SiteSettings.Site) -> Void]

    /// Reads the order's options; their ranges are the site's own care.
    init(_ order: Order) throws(OrderRefusal) {
        var reader = Reader(options: OptionReader(order))
        try reader.readPrivacy()
        try reader.readTracking()
        try reader.readShop()
        try reader.readLimits()
        try reader.readFeatures()
        try reader.readLanes()
        changes = reader.changes
    }

    /// Puts the changes into a site's settings.
    func apply(to site: inout SiteSettings.Site) {
        for change in changes { change(&site) }
    }

    /// The options, as the command line explains them.
    static let options: [CommandGrammar.Option] = [
        .init("origins", value: "A,B", "Browser origins that may send: https://shop.example"),
        .init("null-origin", value: "YES", "yes or no: pages without origin, as Shopify's pixel."),
        .init("shopify-secret-file", value: "FILE", "Holds the secret of Shopify's webhooks."),
        .init("woocommerce-secret-file", value: "FILE", "Holds the secret of WooCommerce's."),
        .init("signing-secret-file", value: "FILE", "Holds the secret of X-Convey-Signature."),
        .init("enabled", value: "YES", "yes or no: whether its events are taken."),
        .init("on", value: "A,B", "Switches on: \(features)."),
        .init("off", value: "A,B", "Switches off what --on switches on."),
        .init("currency", value: "CODE", "The store's currency, as EUR."),
        .init("country", value: "CODE", "Where it sells, as DE: reads phone numbers; or none."),
        .init("time-zone", value: "NAME", "An IANA name, as Europe/Berlin."),
        .init("privacy", value: "RULE", "Personal fields: hash, drop or keep."),
        .init("address", value: "RULE", "Client addresses: truncate, full or drop."),
        .init("record-location", value: "YES", "yes or no: country, city and device are derived."),
        .init("gpc", value: "YES", "yes or no: Sec-GPC counts as denial."),
        .init("dnt", value: "YES", "yes or no: DNT counts as denial."),
        .init("consent-policy", value: "NAME", "Written into events that name none; or none."),
        .init("scrub-query", value: "A,B", "Query parameters to cut, beside the built-in ones."),
        .init("track-pageviews", value: "YES", "yes or no: the tracker sends views of pages."),
        .init("track-clicks", value: "YES", "yes or no: the tracker sends clicks."),
        .init("custom-events", value: "YES", "yes or no: the tracker sends defined events."),
        .init(
            "storage", value: "PLACE", "Where it keeps the visitor: cookie, local, session, none."),
        .init("warning-above", value: "AMOUNT", "Campaign conversions above it get a warning."),
        .init("requests-per-minute", value: "N", "Of one address; 600 by default."),
        .init("cart-requests-per-minute", value: "N", "Of one address, cart tracking; 100."),
        .init("cart-requests-per-hour", value: "N", "Of one address, cart tracking; 1000."),
        .init("trusted-requests-per-minute", value: "N", "Of one key or webhook; 60000."),
        .init("lanes", value: "A=LANE,B=LANE", "Lanes of types of your own; or default."),
    ]

    private static let features = SiteSettings.Feature.allCases.map(\.rawValue)
        .joined(separator: ",")

    private struct Reader {
        let options: OptionReader
        var changes: [@Sendable (inout SiteSettings.Site) -> Void] = []

        /// Notes a change where the option was given.
        mutating func set<Value: Sendable>(
            _ path: any WritableKeyPath<SiteSettings.Site, Value> & Sendable, _ value: Value?
        ) {
            if let value { changes.append { $0[keyPath: path] = value } }
        }

        mutating func readPrivacy() throws(OrderRefusal) {
            set(\.origins, options.list("origins"))
            set(\.allowsNullOrigin, try options.flag("null-origin"))
            set(\.isEnabled, try options.flag("enabled"))
            set(\.privacy, try options.choice("privacy"))
            set(\.address, try options.choice("address"))
            set(\.recordsLocation, try options.flag("record-location"))
            set(\.consent.honoursGPC, try options.flag("gpc"))
            set(\.consent.honoursDNT, try options.flag("dnt"))
            set(
                \.consent.policy,
                try options.clearable("consent-policy", word: "none", takes: "a name") { $0 })
            set(\.scrubbedQuery, options.list("scrub-query").map { $0.map { $0.lowercased() } })
        }

        mutating func readTracking() throws(OrderRefusal) {
            set(\.tracksPageviews, try options.flag("track-pageviews"))
            set(\.tracksClicks, try options.flag("track-clicks"))
            set(\.takesCustomEvents, try options.flag("custom-events"))
            set(\.storage, try options.choice("storage"))
        }

        mutating func readShop() throws(OrderRefusal) {
            set(\.timeZone, options.text("time-zone"))
            set(
                \.country,
                try options.clearable("country", word: "none", takes: "two letters, as DE") {
                    $0.uppercased()
                })
            if let text = options.text("currency") {
                guard let currency = Currency(text) else {
                    throw .wrongValue(option: "--currency", takes: "three letters, as EUR")
                }
                set(\.currency, currency)
            }
            if let text = options.text("warning-above") {
                guard let amount = DecimalAmount(text) else {
                    throw .wrongValue(option: "--warning-above", takes: "an amount, as 249.50")
                }
                set(\.warnsAbove, amount)
            }
        }

        mutating func readLimits() throws(OrderRefusal) {
            set(\.limits.requestsPerMinute, try options.number("requests-per-minute"))
            set(\.limits.cartRequestsPerMinute, try options.number("cart-requests-per-minute"))
            set(\.limits.cartRequestsPerHour, try options.number("cart-requests-per-hour"))
            set(
                \.limits.trustedRequestsPerMinute,
                try options.number("trusted-requests-per-minute"))
        }

        /// What is on is not written down: collectors take what they are not told of as on.
        mutating func readFeatures() throws(OrderRefusal) {
            for (option, isOn) in [("on", true), ("off", false)] {
                for name in options.list(option) ?? [] {
                    guard SiteSettings.Feature(rawValue: name) != nil else {
                        throw .wrongValue(option: "--\(option)", takes: SiteChange.features)
                    }
                    changes.append { $0.features[name] = isOn ? nil : false }
                }
            }
        }

        mutating func readLanes() throws(OrderRefusal) {
            guard let pairs = options.list("lanes") else { return }
            var lanes: [String: Lane] = [:]
            for pair in pairs where pairs != ["default"] {
                let sides = pair.split(separator: "=", omittingEmptySubsequences: false)
                guard sides.count == 2, let lane = Lane(rawValue: String(sides[1])) else {
                    throw .wrongValue(
                        option: "--lanes",
                        takes: "TYPE=LANE, where a lane is "
                            + Lane.allCases.map(\.rawValue).joined(separator: ", "))
                }
                lanes[String(sides[0])] = lane
            }
            set(\.lanes, lanes)
        }
    }
}

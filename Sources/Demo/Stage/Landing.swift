/// How somebody comes to the shop: what stands in the address, and which page they came from.
struct Landing: Sendable {
    /// Behind the question mark; may be empty.
    var query = ""
    var referrer: String?
    /// The click id that Google knows, as `gclid:Cj0…`.
    var click: String?

    static let home = "https://shop.example.com"

    /// Somebody typed the address.
    static let direct = Landing()

    var url: String { Self.home + path }

    /// Path and query, as Shopify's `landing_site` has them.
    var path: String { query.isEmpty ? "/" : "/?\(query)" }
}

extension SeededGenerator {
    /// An ad of Google's with one id, or an iPhone's with two.
    mutating func adLanding(_ kind: Story = .adClick) -> Landing {
        let tags = "utm_source=google&utm_medium=cpc&utm_campaign=\(campaign)"
        switch kind {
        case .gbraid:
            let id = "0AAAAA" + letters(22)
            let both = chance(0.3)
            let first = both ? "gclid=\(gclid())&" : ""
            let query = "\(tags)&\(first)gbraid=\(id)"
            return Landing(query: query, click: both ? Self.click(in: first) : "gbraid:\(id)")
        case .wbraid:
            let id = "Cj8KCQ" + letters(50)
            return Landing(query: "\(tags)&wbraid=\(id)", click: "wbraid:\(id)")
        default:
            let id = gclid()
            // Automatic tagging alone is as common as with the merchant's own tags.
            let query = chance(0.5) ? "\(tags)&gclid=\(id)" : "gclid=\(id)"
            return Landing(query: query, referrer: "https://www.google.com/", click: "gclid:\(id)")
        }
    }

    private static func click(in query: String) -> String {
        "gclid:" + query.dropFirst("gclid=".count).dropLast()
    }

    mutating func newsletterLanding() -> Landing {
        Landing(query: "utm_source=newsletter&utm_medium=email&utm_campaign=week-\(below(52) + 1)")
    }

    mutating func searchLanding() -> Landing {
        let engines = [
            "https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/",
        ]
        return Landing(referrer: engines[below(engines.count)])
    }

    /// A link in a social network, which puts its own id on it.
    mutating func socialLanding() -> Landing {
        guard chance(0.5) else { return Landing(referrer: "https://l.instagram.com/") }
        return Landing(query: "fbclid=IwAR\(letters(56))", referrer: "https://m.facebook.com/")
    }

    mutating func referralLanding() -> Landing {
        Landing(referrer: "https://blog.example.net/the-ten-best-lamps-\(below(5))")
    }

    mutating func unpaidLanding() -> Landing {
        switch below(5) {
        case 0: searchLanding()
        case 1: socialLanding()
        case 2: referralLanding()
        case 3: newsletterLanding()
        default: .direct
        }
    }

    private var campaign: String { mutating get { ["spring", "sale", "brand"][below(3)] } }

    private mutating func gclid() -> String { "Cj0KCQ" + letters(60) + "_wcB" }
}

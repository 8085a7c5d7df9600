package import Time

/// What one collector may know: the sites it serves, and how.
/// - Source: protocol/SPEC.md, section 10.
package struct SiteSettings: Equatable, Sendable {
    /// The version of the settings' form.
    package static let schema = 1
    /// The longest text of settings.
    package static let bytesMax = 16_777_216
    /// Where collectors ask for them.
    package static let path = "/v1/collectors/self/settings"

    /// Never goes back.
    package var version: Int64
    /// Whose settings these are.
    package var collector: CollectorID
    /// Who owns the collector and its sites.
    package var organization: OrganizationID
    /// When this version came to be.
    package var issuedAt: Timestamp
    /// Every site that the collector serves.
    package var sites: [Site]
    /// How the aggregator's key came to be what it is; told, never read: a collector asks for it where
    /// it needs it.
    package var keyHistory = KeyHistory()

    /// Starts a version without sites.
    package init(
        version: Int64, collector: CollectorID, organization: OrganizationID, issuedAt: Timestamp
    ) {
        self.version = version
        self.collector = collector
        self.organization = organization
        self.issuedAt = issuedAt
        sites = []
    }

    /// The `ETag` of this version.
    package var entityTag: String { "\"\(version)\"" }

    /// One storefront.
    package struct Site: Equatable, Sendable {
        /// Its public id, in every event.
        package var id: SiteID
        /// Canonical store name, `acme.myshopify.com`.
        package var name: String
        /// What the shop runs on.
        package var platform: Platform
        /// False: its intake answers 503.
        package var isEnabled = true
        /// The default of the site.
        package var currency: Currency
        /// An IANA name.
        package var timeZone: String
        /// Public keys in the clear.
        package var siteKeys: [String] = []
        /// SHA-256 of each valid server key's text, in hex.
        package var serverKeys: [String] = []
        /// Browser origins that CORS lets through.
        package var origins: [String] = []
        /// `Origin: null` is let through, too.
        package var allowsNullOrigin = false
        /// By `SecretUse`, boxed to the collector; the current secret first, then the previous one.
        package var webhookSecrets: [String: [String]] = [:]
        /// What becomes of personal fields.
        package var privacy = Privacy.hash
        /// What becomes of client addresses.
        package var address = AddressRule.truncate
        /// Which signals count as denial.
        package var consent = ConsentRule()
        /// Names of query parameters to cut, beside the built-in ones; lower case.
        package var scrubbedQuery: [String] = []
        /// Overrides of the schema's lane table.
        package var lanes: [String: Lane] = [:]
        /// Switches by name; what is absent is on.
        package var features: [String: Bool] = [:]
        /// Where the site sells, two capital letters: national phone numbers are read by it. Nil: only
        /// numbers that begin with `+` or `00` are read.
        /// - Source: ISO 3166-1 alpha-2.
        package var country: String?
        /// Country, city, device, browser and operating system are derived at the edge.
        package var recordsLocation = true
        /// The tracker sends views of pages.
        package var tracksPageviews = true
        /// The tracker sends clicks.
        package var tracksClicks = true
        /// The tracker sends what the site's definitions ask for.
        package var takesCustomEvents = true
        /// Where the tracker keeps its visitor.
        package var storage = Storage.cookie
        /// How much one sender may send.
        package var limits = Limits()
        /// A campaign conversion above it, in the site's currency, is answered with a warning.
        package var warnsAbove = DecimalAmount(micros: 10_000_000_000)
        /// Short links in force; a disabled one is not among them.
        package var links: [CampaignLink] = []

        /// Starts a site with every default.
        package init(
            id: SiteID, name: String, platform: Platform, currency: Currency, timeZone: String
        ) {
            self.id = id
            self.name = name
            self.platform = platform
            self.currency = currency
            self.timeZone = timeZone
        }

        /// Tells whether a feature is switched on here.
        package func isOn(_ feature: Feature) -> Bool { features[feature.rawValue] ?? true }
    }

    /// What a shop runs on.
    package enum Platform: String, CaseIterable, Codable, Sendable {
        case shopify, woocommerce, custom
    }

    /// What becomes of personal fields.
    package enum Privacy: String, CaseIterable, Codable, Sendable {
        case hash, drop, keep
    }

    /// What becomes of the client's address.
    package enum AddressRule: String, CaseIterable, Codable, Sendable {
        case truncate, full, drop
    }

    /// Which browser signals count as denial, and the name of the policy to write into events.
    package struct ConsentRule: Equatable, Sendable {
        /// `Sec-GPC: 1` counts as denial of both advertising purposes.
        package var honoursGPC = true
        /// `DNT: 1` counts as denial of all purposes.
        package var honoursDNT = false
        /// Written into events that name none; nil writes none.
        package var policy: String?

        /// The defaults.
        package init() {}
    }

    /// Where the tracker keeps its visitor in the browser.
    package enum Storage: String, CaseIterable, Codable, Sendable {
        case cookie, local, session, none
    }

    /// What a secret of a site signs.
    package enum SecretUse: String, CaseIterable, Sendable {
        /// A platform's webhooks.
        case shopify, woocommerce
        /// Requests of any other sender, in `X-Convey-Signature`.
        case signing
    }

    /// How many requests are taken before the answer is 429; each at least 1.
    package struct Limits: Equatable, Sendable {
        /// Of one address at one site.
        package var requestsPerMinute = 600
        /// Of one address, on the cart-tracking contract.
        package var cartRequestsPerMinute = 100
        /// Of one address, on the cart-tracking contract.
        package var cartRequestsPerHour = 1000
        /// Of one server key or webhook signature, whatever its address.
        package var trustedRequestsPerMinute = 60_000

        /// The defaults.
        package init() {}
    }

    /// What a site can switch off at the edge.
    package enum Feature: String, CaseIterable, Sendable {
        case events, segment, webhooks, pixel, links
        case cartTracking = "cart_tracking"
        case conversions, tracker
    }
}

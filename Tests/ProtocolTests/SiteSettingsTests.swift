import Crypto
import Testing
import Time

@testable import ConveyProtocol

/// Goal: settings survive the wire, sites are found by every credential, secrets open only where
/// they belong. Method: one site with everything, one with defaults.
@Suite struct SiteSettingsTests {
    static let siteID = SiteID("0192f0c1-0000-7000-8000-00000000000a")!

    static func settings() -> SiteSettings {
        var settings = SiteSettings(
            version: 7, collector: BatchTests.collector,
            organization: OrganizationID("0192f0c1-0000-7000-8000-0000000000aa")!,
            issuedAt: AnswerTests.time)
        var site = SiteSettings.Site(
            id: siteID, name: "acme.myshopify.com", platform: .shopify,
            currency: Currency("EUR")!, timeZone: "Europe/Berlin")
        site.siteKeys = ["site_abc"]
        site.serverKeys = [ServerKey.hash("server_secret")]
        site.origins = ["https://acme.example"]
        site.features = ["links": false]
        site.lanes = ["quiz_done": .conversion]
        site.country = "DE"
        site.recordsLocation = false
        site.tracksPageviews = false
        site.tracksClicks = false
        site.takesCustomEvents = false
        site.storage = .session
        site.limits.cartRequestsPerHour = 7
        site.warnsAbove = DecimalAmount("500.5")!
        site.links = [link()]
        settings.sites = [site]
        return settings
    }

    static func link() -> SiteSettings.CampaignLink {
        var link = SiteSettings.CampaignLink(
            id: "0192f0c1-0000-7000-8000-00000000001a", code: "Spring_26",
            target: "https://acme.example/sale?utm_source=newsletter")
        link.windowDays = 14
        link.expiresAt = Timestamp(rfc3339: "2026-06-01T00:00:00.000Z")
        return link
    }

    @Test func survivesTheWire() throws {
        let settings = Self.settings()
        #expect(try SiteSettings(json: settings.json()) == settings)
        #expect(settings.entityTag == "\"7\"")
    }

    @Test func fillsDefaultsAndIgnoresWhatItDoesNotKnow() throws {
        let text = """
            {"schema":1,"version":1,"collector":"\(BatchTests.collector)","future":[],
            "organization":"0192f0c1-0000-7000-8000-0000000000aa",
            "issued_at":"2026-03-01T12:00:00.000Z","sites":[{"id":"\(Self.siteID)","name":"x",
            "platform":"custom","enabled":true,"currency":"EUR","time_zone":"UTC","site_keys":[],
            "server_keys":[],"origins":[],"moon":"full"}]}
            """
        let site = try #require(try SiteSettings(json: Array(text.utf8)).sites.first)
        #expect(site.privacy == .hash)
        #expect(site.address == .truncate)
        #expect(site.consent.honoursGPC)
        #expect(!site.consent.honoursDNT)
        #expect(site.isOn(.events))
        #expect(site.limits == SiteSettings.Limits())
        #expect(site.limits.requestsPerMinute == 600 && site.limits.cartRequestsPerMinute == 100)
        #expect(site.country == nil && site.links.isEmpty && site.storage == .cookie)
        #expect(site.recordsLocation && site.tracksPageviews && site.tracksClicks)
        #expect(site.takesCustomEvents && site.warnsAbove == DecimalAmount("10000"))
    }

    @Test(arguments: [
        (#""country":"DE""#, #""country":"de""#), (#""storage":"session""#, #""storage":"disk""#),
        (#""code":"Spring_26""#, #""code":"a/b""#), (#""code":"Spring_26""#, #""code":"""#),
        (#""window_days":14"#, #""window_days":91"#), (#""window_days":14"#, #""window_days":0"#),
        (#""cart_requests_per_hour":7"#, #""cart_requests_per_hour":0"#),
        (#""conversion_warning_above":"500.50""#, #""conversion_warning_above":"1,000""#),
    ])
    func refusesAWrongValue(right: String, wrong: String) throws {
        let text = String(decoding: Self.settings().json(), as: UTF8.self)
        try #require(text.contains(right))
        let altered = text.replacing(right, with: wrong)
        #expect(throws: SettingsFault.self) { try SiteSettings(json: Array(altered.utf8)) }
    }

    @Test func refusesAnotherSchema() {
        let text = #"{"schema":2}"#
        #expect(throws: SettingsFault.self) { try SiteSettings(json: Array(text.utf8)) }
    }

    @Test func findsASiteByEachCredential() {
        let directory = SiteDirectory(Self.settings())
        #expect(directory.site(id: Self.siteID)?.id == Self.siteID)
        #expect(directory.site(siteKey: "site_abc")?.id == Self.siteID)
        #expect(directory.site(serverKey: "server_secret")?.id == Self.siteID)
        #expect(directory.site(name: "acme.myshopify.com")?.id == Self.siteID)
        #expect(directory.site(siteKey: "server_secret") == nil)
        #expect(directory.site(serverKey: "site_abc") == nil)
        #expect(directory.site(id: Self.siteID)?.isOn(.links) == false)
    }

    @Test func aSecretOpensOnlyForItsCollectorSiteAndUse() throws {
        let key = BoxKey(from: RandomBytes())
        let box = try WebhookSecretBox.seal(
            "hush", for: Self.siteID, .shopify, to: key.publicKey, random: RandomBytes())
        let other = SiteID("0192f0c1-0000-7000-8000-00000000000b")!
        #expect(WebhookSecretBox.open(box, for: Self.siteID, .shopify, with: key) == "hush")
        #expect(WebhookSecretBox.open(box, for: Self.siteID, .woocommerce, with: key) == nil)
        #expect(WebhookSecretBox.open(box, for: other, .shopify, with: key) == nil)
        let stranger = BoxKey(from: RandomBytes())
        #expect(WebhookSecretBox.open(box, for: Self.siteID, .shopify, with: stranger) == nil)
    }
}

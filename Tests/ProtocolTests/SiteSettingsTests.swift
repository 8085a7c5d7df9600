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
        settings.sites = [site]
        return settings
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
        #expect(site.requestsPerMinute == 600)
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

    @Test func aSecretOpensOnlyForItsCollectorSiteAndPlatform() throws {
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

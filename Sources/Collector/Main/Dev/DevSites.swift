import ConveyProtocol
import Intake
import Time

/// The sites that `run --dev` serves, with keys that everybody knows: one for each platform.
enum DevSites {
    static let siteKey = "site_dev"
    static let serverKey = "server_dev"
    static let secret = "dev"
    static let shopifyName = "dev.myshopify.com"
    static let wooName = "woocommerce.localhost"

    /// - Parameter now: when they are made; only their `issuedAt` shows it.
    static func make(at now: Timestamp) -> IntakeSites {
        var settings = SiteSettings(
            version: 1, collector: id(1), organization: id(2), issuedAt: now)
        settings.sites = [
            site(3, "localhost", .custom, siteKey, serverKey),
            site(4, shopifyName, .shopify, "site_dev_shopify", "server_dev_shopify"),
            site(5, wooName, .woocommerce, "site_dev_woocommerce", "server_dev_woocommerce"),
        ]
        // Nothing travels here, so that nothing need be in a box.
        return IntakeSites(settings) { box, _, _ in box }
    }

    private static func site(
        _ number: UInt8, _ name: String, _ platform: SiteSettings.Platform, _ siteKey: String,
        _ serverKey: String
    ) -> SiteSettings.Site {
        guard let currency = Currency("EUR") else { preconditionFailure("EUR is a currency.") }
        var site = SiteSettings.Site(
            id: id(number), name: name, platform: platform, currency: currency, timeZone: "UTC")
        site.siteKeys = [siteKey]
        site.serverKeys = [ServerKey.hash(serverKey)]
        site.allowsNullOrigin = true
        for use in SiteSettings.SecretUse.allCases { site.webhookSecrets[use.rawValue] = [secret] }
        site.limits.requestsPerMinute = 1_000_000
        site.limits.cartRequestsPerMinute = 1_000_000
        site.limits.cartRequestsPerHour = 1_000_000
        site.limits.trustedRequestsPerMinute = 1_000_000
        return site
    }

    private static func id<Kind>(_ number: UInt8) -> Identifier<Kind> {
        let bytes = [UInt8](repeating: 0, count: 15) + [number]
        guard let id = Identifier<Kind>(bytes: bytes) else {
            preconditionFailure("Sixteen bytes are an id.")
        }
        return id
    }
}

/// A site's settings made ready for writing its events; one for each version of the settings, shared
/// by all requests.
package final class SiteRules: Sendable {
    /// The settings as they came.
    package let site: SiteSettings.Site
    let scrubber: URLScrubber
    let siteText: String

    /// Prepares one site's rules.
    package init(_ site: SiteSettings.Site) {
        self.site = site
        scrubber = URLScrubber(site.scrubbedQuery)
        siteText = site.id.description
    }

    /// An address without credentials and without the values of secret query parameters, for the
    /// places that are not scrubbed by themselves.
    /// - Source: protocol/event.md, section 6.
    package func scrubbed(url: String) -> String {
        scrubber.scrubbed(url.utf8.span).map { String(decoding: $0, as: UTF8.self) } ?? url
    }

    /// The lane that the settings or the schema name for a type; nil when its content decides.
    package func lane(of type: String, from source: EventSource) -> Lane? {
        if let lane = site.lanes[type] { return lane }
        switch source {
        case .shopify, .woocommerce, .reconciliation: return .conversion
        case .browser, .server, .link, .import: break
        }
        return Self.lanes[type]
    }

    private static let lanes: [String: Lane] = {
        let conversions = [
            "purchase", "refund", "sign_up", "generate_lead", "newsletter_signup",
            "course_enrollment", "subscription_start", "subscription_renew",
            "subscription_cancel",
        ]
        var lanes = Dictionary(uniqueKeysWithValues: conversions.map { ($0, Lane.conversion) })
        for type in ["login", "session_start", "link_click", "identify", "alias"] {
            lanes[type] = .interaction
        }
        return lanes
    }()
}

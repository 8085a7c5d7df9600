import ConveyProtocol
import Time

/// A site's settings for a person: each by the name of the option that changes it. Keys and secrets
/// are not shown.
struct SiteText {
    let rows: [[String]]

    /// - Parameter links: how many campaign links the site has.
    init(
        _ site: SiteSettings.Site, secretsSetAt: [SiteSettings.SecretUse: Timestamp], links: Int
    ) {
        let off = SiteSettings.Feature.allCases.filter { !site.isOn($0) }.map(\.rawValue)
        let lanes = site.lanes.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.rawValue)" }
        rows =
            [
                ["id", site.id.description], ["name", site.name],
                ["platform", site.platform.rawValue], ["enabled", Self.word(site.isEnabled)],
                ["off", off.joined(separator: ",")], ["links", "\(links)"],
                ["currency", site.currency.description], ["country", site.country ?? "none"],
                ["time-zone", site.timeZone], ["origins", site.origins.joined(separator: ",")],
                ["null-origin", Self.word(site.allowsNullOrigin)],
            ] + Self.privacy(site) + Self.tracking(site) + Self.limits(site.limits)
            + [["lanes", lanes.isEmpty ? "default" : lanes.joined(separator: ",")]]
            + SiteSettings.SecretUse.allCases.map { use in
                let time = secretsSetAt[use].map { "set at \($0)" }
                return ["\(use.rawValue)-secret-file", time ?? "none"]
            }
    }

    private static func privacy(_ site: SiteSettings.Site) -> [[String]] {
        [
            ["privacy", site.privacy.rawValue], ["address", site.address.rawValue],
            ["record-location", word(site.recordsLocation)],
            ["gpc", word(site.consent.honoursGPC)], ["dnt", word(site.consent.honoursDNT)],
            ["consent-policy", site.consent.policy ?? "none"],
            ["scrub-query", site.scrubbedQuery.joined(separator: ",")],
        ]
    }

    private static func tracking(_ site: SiteSettings.Site) -> [[String]] {
        [
            ["track-pageviews", word(site.tracksPageviews)],
            ["track-clicks", word(site.tracksClicks)],
            ["custom-events", word(site.takesCustomEvents)], ["storage", site.storage.rawValue],
            ["warning-above", site.warnsAbove.text(digitsMin: site.currency.minorDigits)],
        ]
    }

    private static func limits(_ limits: SiteSettings.Limits) -> [[String]] {
        [
            ["requests-per-minute", "\(limits.requestsPerMinute)"],
            ["cart-requests-per-minute", "\(limits.cartRequestsPerMinute)"],
            ["cart-requests-per-hour", "\(limits.cartRequestsPerHour)"],
            ["trusted-requests-per-minute", "\(limits.trustedRequestsPerMinute)"],
        ]
    }

    private static func word(_ flag: Bool) -> String { flag ? "yes" : "no" }
}

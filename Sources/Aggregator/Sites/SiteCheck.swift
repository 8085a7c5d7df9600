package import ConveyProtocol

/// What a site's settings may be. Pure.
package enum SiteCheck {
    /// What is wrong with them; nil for settings that may be kept.
    package static func refusal(of site: SiteSettings.Site) -> SiteRefusal? {
        guard site.origins.count <= listMax, site.origins.allSatisfy(StoreName.isOrigin) else {
            return .wrongOrigin
        }
        guard StoreName.isTimeZone(site.timeZone) else { return .wrongTimeZone }
        guard site.country.map(SiteSettings.Site.isCountry) ?? true else { return .wrongCountry }
        guard isLimits(site.limits) else { return .wrongLimit }
        guard site.warnsAbove.micros > 0 else { return .wrongWarning }
        guard isText(site.consent.policy ?? "none") else { return .wrongPolicyName }
        guard site.scrubbedQuery.count <= listMax, site.scrubbedQuery.allSatisfy(isText) else {
            return .wrongParameter
        }
        guard site.lanes.count <= listMax, site.lanes.keys.allSatisfy(isType) else {
            return .wrongType
        }
        return nil
    }

    private static let listMax = 100

    private static func isLimits(_ limits: SiteSettings.Limits) -> Bool {
        [
            limits.requestsPerMinute, limits.cartRequestsPerMinute, limits.cartRequestsPerHour,
            limits.trustedRequestsPerMinute,
        ].allSatisfy((1...100_000_000).contains)
    }

    private static func isText(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// - Source: protocol/event.md, section 2.
    private static func isType(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && (text.utf8.first ?? 0) &- 0x61 < 26
            && text.utf8.allSatisfy { byte in
                byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2E
            }
    }
}

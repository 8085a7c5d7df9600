import Attribution
import Conversions
import ConveyProtocol
import Definitions
import Destinations
import Sites
import Store
import Tenancy
import Time
import Timeline

/// What the rooms before say of a conversion, in the words of the room that sends it on.
extension UploadWish {
    init(
        _ conversion: ConversionRecord, _ order: JudgedOrder, _ outcome: JudgedOrder.Outcome
    ) {
        self.init(
            Subject(conversion, site: order.site.site.id), at: conversion.occurredAt,
            value: conversion.value, Standing(conversion))
        settledAt = conversion.settledAt
        delaySeconds = outcome.assignment.uploadDelay.components.seconds
        adUserData = conversion.consent.adUserData
        adPersonalization = conversion.consent.adPersonalization
        unknownConsent =
            UnknownConsent(rawValue: order.site.policy.unknownConsent.rawValue) ?? .withhold
        windowDays = outcome.windows.window().window.days
        clicks = UploadClick.clicks(of: order.touches, before: conversion.occurredAt)
        creditedMicros = outcome.googleMicros
        user = UploadUser(order.order.user)
        userAgent = order.order.visit.userAgent
    }

    /// A conversion that nothing stands behind any more; nil where its site is gone, too.
    init?(retired conversion: ConversionRecord, in tenant: TenantTransaction) throws {
        guard let site = try SitePolicyTable(tenant).judged(conversion.site) else { return nil }
        self.init(
            Subject(conversion, site: site.site.id), at: conversion.occurredAt,
            value: conversion.value, Standing(conversion))
        settledAt = conversion.settledAt ?? conversion.retiredAt
        adUserData = conversion.consent.adUserData
        adPersonalization = conversion.consent.adPersonalization
        unknownConsent =
            UnknownConsent(rawValue: site.policy.unknownConsent.rawValue) ?? .withhold
    }
}

extension UploadWish.Subject {
    fileprivate init(_ conversion: ConversionRecord, site: SiteID) {
        self.init(
            conversion: (conversion.number, conversion.id.description, conversion.version),
            site: (conversion.site, site), assignment: conversion.rule.assignment,
            orderID: conversion.identity.value)
    }
}

extension UploadWish.Standing {
    fileprivate init(_ conversion: ConversionRecord) {
        switch conversion.status {
        case .withdrawn: self = .withdrawn(reason: conversion.reason ?? "withdrawn")
        case .unconfirmed: self = .waits(reason: "unconfirmed")
        case .counted:
            self = conversion.settledAt == nil ? .waits(reason: "unsettled") : .counts
        }
    }
}

extension UploadClick {
    /// Every ad click that any window could hold, newest first.
    fileprivate static func clicks(
        of touches: [Touch], before conversion: Timestamp
    ) -> [UploadClick] {
        touches.reversed().flatMap { touch -> [UploadClick] in
            guard let window = Window(days: Window.daysAllowed.upperBound),
                window.verdict(touchAt: touch.at, conversionAt: conversion, isClick: true).isInside
            else { return [] }
            return touch.clicks.compactMap { click in
                Kind(rawValue: click.kind.name).map { kind in
                    UploadClick(
                        kind, click.value, at: touch.at, isFirstSight: touch.timing == .firstSight)
                }
            }
        }
    }
}

extension UploadUser {
    fileprivate init(_ user: Fact.UserHashes) {
        self.init()
        emailSHA256 = user.emailGoogle ?? user.email
        phoneSHA256 = user.phone
        (firstNameSHA256, lastNameSHA256) = (user.firstName, user.lastName)
        (postalCode, country) = (user.postalCode, user.country)
    }
}

extension JudgedOrder.Outcome {
    /// What the assignment's model gives to Google's clicks; nil where none of them has a share.
    fileprivate var googleMicros: Int64? {
        let google: Set<ClickID.Kind> = [.gclid, .gbraid, .wbraid]
        let own = standings.map(\.touch)
            .filter { $0.clicks.contains { google.contains($0.kind) } }.map(\.id)
        let shares = credits.filter { own.contains($0.touch) }.map { $0[model] }
        guard shares.contains(where: { $0.billionths > 0 }) else { return nil }
        return shares.reduce(0) { $0 + $1.micros }
    }
}

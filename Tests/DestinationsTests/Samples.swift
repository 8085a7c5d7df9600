import ConveyProtocol
import Time

@testable import Destinations

/// Wishes and destinations that tests vary.
enum Sample {
    static let now = Timestamp(rfc3339: "2026-03-10T12:00:00Z")!
    static let siteA = SiteID("0198a5e0-0000-7000-8000-00000000000a")!
    static let siteB = SiteID("0198a5e0-0000-7000-8000-00000000000b")!
    static let gclid = "EAIaIQobChMI0000000000000001"
    static let gbraid = "0AAAAAo00000000000000000001"
    static let email = String(repeating: "ab", count: 32)
    static let eur = Currency("EUR")!

    static func euro(_ amount: Int64) -> Money { Money(micros: amount * 1_000_000, currency: eur) }

    /// An order of two days ago, its click a day older, consent granted.
    static func wish(
        _ conversion: Int64 = 1, version: Int = 1, site: (Int64, SiteID) = (1, siteA),
        order: String? = nil, _ change: (inout UploadWish) -> Void = { _ in }
    ) -> UploadWish {
        var wish = UploadWish(
            UploadWish.Subject(
                conversion: (
                    conversion,
                    "00000000-0000-8000-8000-\(String(1_000_000_000_000 + conversion).dropFirst())",
                    version
                ),
                site: site, assignment: "purchase", orderID: order ?? "\(1000 + conversion)"),
            at: now - .seconds(2 * 86_400), value: euro(100), .counts)
        wish.settledAt = wish.occurredAt + .seconds(3600)
        wish.adUserData = .granted
        wish.adPersonalization = .granted
        wish.clicks = [UploadClick(.gclid, gclid, at: now - .seconds(3 * 86_400))]
        change(&wish)
        return wish
    }

    static let address = try! Destination.Address(
        .googleDataManager, customer: "123-456-7890", action: "987654321")

    static func destination(
        _ change: (inout Destination) -> Void = { _ in }
    ) -> Destination {
        var destination = Destination(
            number: 1, organization: 1, name: "Google", address: address,
            settings: Destination.Settings(), mode: .live,
            liveFrom: now - .seconds(30 * 86_400), hold: nil, version: 1)
        change(&destination)
        return destination
    }

    static func content(_ amount: Int64) -> UploadContent {
        var content = UploadContent(
            transactionID: "\(siteA).1001", occurredAt: now - .seconds(2 * 86_400),
            value: euro(amount))
        content.click = UploadClick(.gclid, gclid, at: now - .seconds(3 * 86_400))
        return content
    }
}

extension UploadWish {
    /// The same with another value.
    func worth(_ amount: Int64) -> UploadWish {
        var copy = UploadWish(subject, at: occurredAt, value: Sample.euro(amount), standing)
        (copy.settledAt, copy.adUserData, copy.adPersonalization) =
            (settledAt, adUserData, adPersonalization)
        (copy.clicks, copy.user, copy.unknownConsent) = (clicks, user, unknownConsent)
        return copy
    }
}

package import ConveyProtocol
package import Time

/// What is known of one version of one conversion, for a destination that is to get it.
///
/// Pipeline makes it, and makes it again whenever something in it changes. It is kept with its
/// upload, so that what was sent can be explained, and is judged again before anything leaves.
package struct UploadWish: Codable, Equatable, Sendable {
    /// Which conversion, which version, which order.
    package let subject: Subject
    /// When the order was placed, by the shop's clock.
    package let occurredAt: Timestamp
    /// Millionths of a unit of `currency`; what is left after refunds.
    package let valueMicros: Int64
    /// The unit.
    package let currency: Currency
    /// Whether the conversion counts now.
    package var standing: Standing
    /// When it was settled; nil before.
    package var settledAt: Timestamp?
    /// How long after the order the assignment lets it wait, in seconds.
    package var delaySeconds: Int64 = 0
    /// Whether personal data may go to advertisers: the strictest of all parts of the order.
    package var adUserData = Consent.State.unknown
    /// Whether advertising may be made for the person.
    package var adPersonalization = Consent.State.unknown
    /// What the site does where consent is unknown.
    package var unknownConsent = UnknownConsent.withhold
    /// The window in days, where the conversion action states none: 1...90.
    package var windowDays = 30
    /// The person's clicks of the last 90 days before the conversion, newest first; also those of up
    /// to 5 min after it: two clocks.
    package var clicks: [UploadClick] = []
    /// What the assignment's model credits to this platform; nil for nothing.
    package var creditedMicros: Int64?
    /// What is known of the person, hashed.
    package var user = UploadUser()
    /// The browser's own name at the order.
    package var userAgent: String?
    /// Whether any part of the order says that it is a test.
    package var isTest = false

    /// What must be known; the rest starts empty.
    package init(_ subject: Subject, at occurredAt: Timestamp, value: Money, _ standing: Standing) {
        self.subject = subject
        self.occurredAt = occurredAt
        valueMicros = value.micros
        currency = value.currency
        self.standing = standing
    }

    /// Which conversion, which version, which order.
    package struct Subject: Codable, Hashable, Sendable {
        /// The conversion's short number.
        package let conversion: Int64
        /// Its public id.
        package let conversionID: String
        /// Versions of one conversion rise; the newest holds.
        package let version: Int
        /// The site's short number.
        package let site: Int64
        /// The site's public id, which keeps two shops' order numbers apart.
        package let siteID: SiteID
        /// The key of the assignment that matched.
        package let assignment: String
        /// What the transaction id is made of: the order's id, else its name.
        package let orderID: String
        /// Purchases go before lesser events.
        package var isPurchase = true

        /// Names a version of a conversion and its order.
        package init(
            conversion: (number: Int64, id: String, version: Int),
            site: (number: Int64, id: SiteID), assignment: String, orderID: String
        ) {
            (self.conversion, conversionID, version) = conversion
            (self.site, siteID) = site
            self.assignment = assignment
            self.orderID = orderID
        }
    }

    /// Whether a conversion counts.
    package enum Standing: Codable, Hashable, Sendable {
        case counts
        /// It counted, or might have, and does no more; the reason is one word, as `refunded`.
        case withdrawn(reason: String)
        /// It may count later; the reason is one word, as `unsettled` or `unconfirmed`.
        case waits(reason: String)
    }

    /// What a site does where consent is unknown. Unknown is never written as granted.
    package enum UnknownConsent: String, CaseIterable, Codable, Sendable {
        /// Nothing is sent.
        case withhold
        /// The click id is sent, no personal data.
        case clickIDOnly = "click_id_only"
        /// Everything is sent, consent left unspecified.
        case sendUnspecified = "send_unspecified"
    }
}

/// A click that may have earned a conversion.
package struct UploadClick: Codable, Hashable, Sendable {
    /// What the platform calls the id.
    package let kind: Kind
    /// The id exactly as it stood in the address.
    package let value: String
    /// When the click was made, as far as known.
    package let at: Timestamp
    /// True where `at` is only when the id was first seen, with the order itself.
    package var isFirstSight = false

    /// Kinds of click ids, of all platforms.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case gclid, gbraid, wbraid, dclid, fbclid, msclkid, ttclid
    }

    /// Names a click by what its landing's address held.
    package init(_ kind: Kind, _ value: String, at: Timestamp, isFirstSight: Bool = false) {
        self.kind = kind
        self.value = value
        self.at = at
        self.isFirstSight = isFirstSight
    }
}

/// What is known of a person, as hashes in lower-case hexadecimal digits, and where they live.
package struct UploadUser: Codable, Hashable, Sendable {
    /// SHA-256 of the address by Google's normalization.
    package var emailSHA256: String?
    /// SHA-256 of the number in E.164.
    package var phoneSHA256: String?
    /// SHA-256 of the given name.
    package var firstNameSHA256: String?
    /// SHA-256 of the family name.
    package var lastNameSHA256: String?
    /// In the clear, as the platform asks.
    package var postalCode: String?
    /// Two letters.
    package var country: String?

    /// Nothing is known.
    package init() {}

    /// True where nothing stands in it by which a platform could know a person.
    package var isEmpty: Bool { emailSHA256 == nil && phoneSHA256 == nil && !hasAddress }

    /// Whether name, postal code and country are all there: less is no identifier.
    package var hasAddress: Bool {
        firstNameSHA256 != nil && lastNameSHA256 != nil && postalCode != nil && country != nil
    }
}

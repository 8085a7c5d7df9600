package import ConveyProtocol
package import Time

/// Uploads of one destination that go out in one request, with all that the request's bytes are made
/// of: the same batch makes the same bytes.
package struct PlatformBatch: Hashable, Sendable {
    /// Where they go.
    package var address: DestinationAddress
    /// In the order of the request; an index of an answer means this order.
    package var uploads: [PlatformUpload]
    /// Whether the platform shall only check them.
    package var validateOnly: Bool

    /// - Parameter uploads: 1...`uploadsMax` of the platform, no two with one transaction id.
    package init(
        to address: DestinationAddress, _ uploads: [PlatformUpload], validateOnly: Bool = false
    ) {
        self.address = address
        self.uploads = uploads
        self.validateOnly = validateOnly
    }
}

/// Which conversion action of which account.
package struct DestinationAddress: Hashable, Sendable {
    /// The account that owns the action: ten digits, no hyphens.
    package var operatingAccount: String
    /// The manager account through which the credential reaches it; nil when it has direct access.
    package var loginAccount: String?
    /// The conversion action's number, digits only.
    package var conversionAction: String

    /// States an address; its form is checked where destinations are saved.
    package init(operatingAccount: String, loginAccount: String?, conversionAction: String) {
        self.operatingAccount = operatingAccount
        self.loginAccount = loginAccount
        self.conversionAction = conversionAction
    }
}

/// One conversion as a platform shall learn of it.
package struct PlatformUpload: Hashable, Sendable {
    /// What the platform tells conversions of one action apart by; 1...512 bytes.
    package var transactionID: String
    /// When the purchase happened.
    package var occurredAt: Timestamp
    /// The amount that it shall count, zero or more: the new total when the id is known already.
    package var value: Money
    /// The click that earns it; nil where only `user` tells who it was.
    package var click: PlatformClick?
    /// Unknown purposes are left out of the request; they are never written as granted.
    package var consent: Consent
    /// Hashed identifiers; nil where consent or configuration keeps them here.
    package var user: PlatformUser?
    /// The browser of the purchase; nil where it is not to be sent.
    package var userAgent: String?

    /// States what every upload has; the rest is set.
    package init(
        _ transactionID: String, at occurredAt: Timestamp, value: Money, consent: Consent = .unknown
    ) {
        self.transactionID = transactionID
        self.occurredAt = occurredAt
        self.value = value
        self.consent = consent
    }
}

/// A click id and which kind it is; a request holds exactly one.
package struct PlatformClick: Hashable, Sendable {
    /// Google's kinds, the preferred first.
    package enum Kind: String, CaseIterable, Codable, Sendable { case gclid, gbraid, wbraid }

    /// Which kind.
    package let kind: Kind
    /// As it stood in the URL, unescaped: letters, digits, `-` and `_`.
    package let value: String

    /// States a click id.
    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }
}

/// Hashes that may identify the buyer to the platform: 64 lower-case hex digits each.
package struct PlatformUser: Hashable, Sendable {
    /// SHA-256 of the e-mail address in the platform's own normal form.
    package var emailSHA256: String?
    /// SHA-256 of the number in E.164 with `+`.
    package var phoneSHA256: String?
    /// Sent only when whole.
    package var address: Address?

    /// A name and a place, which the platform takes only together.
    package struct Address: Hashable, Sendable {
        /// SHA-256 of the trimmed, lower-case first name.
        package var firstNameSHA256: String
        /// SHA-256 of the trimmed, lower-case last name.
        package var lastNameSHA256: String
        /// Two capital letters.
        package var country: String
        /// Not hashed.
        package var postalCode: String

        /// States all four.
        package init(
            firstNameSHA256: String, lastNameSHA256: String, country: String, postalCode: String
        ) {
            self.firstNameSHA256 = firstNameSHA256
            self.lastNameSHA256 = lastNameSHA256
            self.country = country
            self.postalCode = postalCode
        }
    }

    /// States what is known; nothing is the same as no user.
    package init(
        emailSHA256: String? = nil, phoneSHA256: String? = nil, address: Address? = nil
    ) {
        self.emailSHA256 = emailSHA256
        self.phoneSHA256 = phoneSHA256
        self.address = address
    }

    /// Whether nobody could be found by it.
    package var isEmpty: Bool { emailSHA256 == nil && phoneSHA256 == nil && address == nil }
}

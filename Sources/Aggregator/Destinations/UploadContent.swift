package import ConveyProtocol
package import Time

/// What leaves for a platform: made once, when an upload is first put into a request, and kept. A
/// repeated attempt sends the same, whatever was configured meanwhile.
package struct UploadContent: Codable, Hashable, Sendable {
    /// What the platform knows the conversion by.
    package let transactionID: String
    /// When it happened, not before its click.
    package let occurredAt: Timestamp
    /// Millionths of a unit.
    package let valueMicros: Int64
    /// The unit.
    package let currency: Currency
    /// The one click that was chosen.
    package var click: UploadClick?
    /// Personal identifiers that may be sent; empty where none may.
    package var user = UploadUser()
    /// Nil is left out: unspecified.
    package var adUserData: Consent.State?
    /// Nil is left out: unspecified.
    package var adPersonalization: Consent.State?
    /// The browser's own name at the order.
    package var userAgent: String?

    /// The amount that the platform is told.
    package var value: Money { Money(micros: valueMicros, currency: currency) }

    /// States what a conversion is known by and worth.
    package init(transactionID: String, occurredAt: Timestamp, value: Money) {
        self.transactionID = transactionID
        self.occurredAt = occurredAt
        valueMicros = value.micros
        currency = value.currency
    }
}

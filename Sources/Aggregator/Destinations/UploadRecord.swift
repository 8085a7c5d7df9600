package import ConveyProtocol
package import Time

/// One upload as people and programs see it; encodes to snake_case JSON without personal data.
package struct UploadRecord: Codable, Equatable, Sendable {
    /// Its short number.
    package let number: Int64
    /// The destination's name.
    package let destination: String
    /// The conversion's short number.
    package let conversion: Int64
    /// The conversion's public id.
    package let conversionID: String
    /// Which version of the conversion.
    package let version: Int
    /// The order's id or name at the shop.
    package let orderID: String
    /// The site's public id.
    package let site: String
    /// How far it is; due uploads of a held destination count as held.
    package let state: UploadState
    /// Why, in one word; nil where nothing need be said.
    package let code: String?
    /// Why, in a sentence.
    package let words: String?
    /// What can be done; nil where nothing need be.
    package let remedy: String?
    /// Until when it is held at the longest known.
    package let until: Timestamp?
    /// The amount, as `10.00`.
    package let value: String
    /// The same in millionths of a unit.
    package let valueMicros: Int64
    /// The amount's currency.
    package let currency: String
    /// When the order was placed.
    package let occurredAt: Timestamp
    /// When it came to where it is now.
    package let changedAt: Timestamp
    /// What the platform knows it by; nil before the first request.
    package let transactionID: String?
    /// The click that was chosen, as `gclid:EAIa…`; nil before that, and without one.
    package let click: String?
    /// When that click was made.
    package let clickedAt: Timestamp?
    /// What consent was sent; nil where it was left out.
    package let consent: Consent.State?
    /// Whether hashes of personal data went, or would go, with it.
    package let hasPersonalData: Bool
    /// Exchanges with the platform, oldest first, at most 200; empty in lists.
    package var attempts: [UploadAttempt] = []

    private enum CodingKeys: String, CodingKey {
        case number, destination, conversion
        case conversionID = "conversion_id"
        case version
        case orderID = "order_id"
        case site, state, code, words, remedy, until, value, currency
        case valueMicros = "value_micros"
        case occurredAt = "occurred_at"
        case changedAt = "changed_at"
        case transactionID = "transaction_id"
        case click
        case clickedAt = "clicked_at"
        case consent
        case hasPersonalData = "has_personal_data"
        case attempts
    }
}

/// Which uploads are meant.
package struct UploadFilter: Equatable, Sendable {
    /// The destination's short number; nil: all.
    package var destination: Int64?
    /// The state as the table holds it; nil: all.
    package var state: UploadState?
    /// The code; nil: all.
    package var code: String?
    /// Only uploads with lower numbers: where the page before ended.
    package var before = Int64.max
    /// 1...1,000.
    package var limit = 100

    /// Means every upload.
    package init() {}
}

/// Uploads of one state and currency, added up.
package struct UploadTotal: Codable, Equatable, Sendable {
    /// As the table holds it.
    package let state: UploadState
    /// The unit of `valueMicros`.
    package let currency: String
    /// How many.
    package let uploads: Int64
    /// Millionths of a unit, together.
    package let valueMicros: Int64

    private enum CodingKeys: String, CodingKey {
        case state, currency, uploads
        case valueMicros = "value_micros"
    }
}

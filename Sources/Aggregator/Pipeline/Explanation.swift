/// The whole life of one order: what arrived, what it came to, whom it is credited to and why, what
/// each destination was told and answered, and what happens next. For people and, as JSON, for
/// programs; the names of the members are the JSON's, in snake_case.
struct Explanation: Encodable, Sendable {
    /// The site's canonical name.
    var site: String
    /// What the order is known by: `id:6123456789012`.
    var identity: String
    /// The order's id and name, as far as they are known.
    var orderID, orderName: String?
    /// `counted`, `pending`, `unconfirmed`, `test`, `withdrawn` or `refund_only`, and why.
    var state: String
    var stateReason: String?
    /// The events that are its parts, by the time they happened.
    var arrived: [Arrived]
    /// What they say together.
    var merged: Merged
    /// Who bought.
    var person: PersonView
    /// What each assignment made of it.
    var conversions: [ConversionView]
    /// What happens next, in words, soonest first.
    var next: [String]

    /// One event.
    struct Arrived: Encodable, Sendable {
        /// Class and id: `webhook:…`.
        var event: String
        var type, source: String
        /// Its platform's topic and state, where it has them.
        var topic, status: String?
        /// `purchase`, `refund` …: what it is to the order.
        var role: String
        /// False where its clicks and visitor do not belong to the order: it only named its number.
        var isJoined: Bool
        /// RFC 3339.
        var occurredAt, receivedAt: String
        /// When the aggregator stored it, by which collector.
        var storedAt, collector: String?
    }

    /// What all parts say together; `origins` names the event that won each field.
    struct Merged: Encodable, Sendable {
        var purchasedAt: String
        var status: String?
        var currency: String
        var grossMicros: Int64?
        var refundedMicros: Int64
        var currentTotalMicros: Int64?
        var valueMicros: Int64
        var refunds: [Refund]
        var items: Int
        var consent: [String: String]
        var origins: [String: String]
    }

    /// Something that went back.
    struct Refund: Encodable, Sendable {
        var id: String
        var micros: Int64?
        var currency: String?
        var at: String?
        var event: String
        /// False where its currency is not the order's: noted, not subtracted.
        var isSubtracted: Bool
    }

    /// The person's identifiers and how they hang together.
    struct PersonView: Encodable, Sendable {
        var id: String?
        var identifiers: [String]
        var links: [Link]
        var disqualified: [String]

        /// Two identifiers, and the event that holds both.
        struct Link: Encodable, Sendable {
            var first, second, event: String
        }
    }

    /// What one assignment made of the order.
    struct ConversionView: Encodable, Sendable {
        var assignment, definition: String
        /// Why there is no conversion; nil where there is one.
        var refusal: String?
        var id, status: String?
        var version: Int?
        var valueMicros: Int64?
        var currency: String?
        var model: String
        var windowDays: Int
        var windowSetBy: String
        var arrivedAt, settledAt: String?
        var touches: [TouchView]
        var versions: [VersionView]
        var uploads: [UploadView]
    }

    /// A touch, whether it is in the window and why not, and its credit by model.
    struct TouchView: Encodable, Sendable {
        var id, at, timing, kind, channel: String
        var source, medium, campaign: String?
        var clicks: [String: String]
        var events: [String]
        /// `inside`, `clock_skew`, `too_old`, `after_conversion`, `served`, `crowded_out`.
        var standing: String
        /// In words.
        var because: String
        /// The window that judged it, where it is its campaign link's own; else nil.
        var windowDays: Int?
        /// Micros by model; only models under which the touch has a share.
        var micros: [String: Int64]
        /// Parts of 1,000,000,000 by model.
        var billionths: [String: Int64]
    }

    /// An earlier or the newest version of a conversion.
    struct VersionView: Encodable, Sendable {
        var version: Int
        var at, cause, status: String
        var valueMicros: Int64
    }

    /// An upload to one destination, with every attempt.
    struct UploadView: Encodable, Sendable {
        var destination, state: String
        var version: Int
        var transactionID: String?
        var value, currency: String
        var code, because, remedy: String?
        var until: String?
        /// Kind and id, as chosen at the first upload.
        var click: String?
        var consent: String?
        /// Whether hashes of personal data went with it.
        var hasPersonalData: Bool
        var attempts: [AttemptView]
    }

    /// One time that an upload was sent or asked about.
    struct AttemptView: Encodable, Sendable {
        /// `ingest` or `status`, and how it ended.
        var at, what, outcome: String
        var requestID: String?
        var httpStatus: Int?
        var code: String?
        var latencyMs: Int64
    }
}

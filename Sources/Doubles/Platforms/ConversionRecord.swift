package import Time

/// One conversion as Google would hold it: by account, conversion action and transaction id.
package struct RecordedConversion: Sendable, Equatable {
    /// One value that it had.
    package struct Value: Sendable, Equatable {
        /// Millionths of the currency's unit.
        package let micros: Int64
        /// Three letters.
        package let currency: String
        /// When the double learnt it.
        package let at: Timestamp
        /// In which request.
        package let requestID: String
    }

    /// Which conversion.
    package let key: Key
    /// When it happened.
    package let occurredAt: Timestamp
    /// `gclid:EAIa…`; empty where identifiers of the buyer stood for it.
    package let click: String
    /// Every value that differs from the one before it, the first first; the last 100 are kept.
    package internal(set) var values: [Value]
    /// How many values there were.
    package internal(set) var valueCount = 1
    /// How often it came, repetitions included.
    package internal(set) var received = 1
    /// How often its value was changed before Google had decided about the request before: what a
    /// careful sender never does.
    package internal(set) var earlyChanges = 0
    /// When the verdict on the last request about it is due.
    var decidedAt: Timestamp

    /// What conversions are told apart by.
    package struct Key: Hashable, Sendable, Comparable {
        /// The operating account.
        package let account: String
        /// The conversion action's number.
        package let action: String
        /// The sender's own.
        package let transactionID: String

        /// Names one.
        package init(account: String, action: String, transactionID: String) {
            (self.account, self.action) = (account, action)
            self.transactionID = transactionID
        }

        /// By account, action and id.
        package static func < (left: Key, right: Key) -> Bool {
            (left.account, left.action, left.transactionID)
                < (right.account, right.action, right.transactionID)
        }
    }

    /// The value that it has now.
    package var value: Value? { values.last }
}

/// What the double has processed: conversions, and the verdicts on requests. Pure; bounded: beyond
/// `conversionsMax` requests are refused, beyond `requestsMax` the oldest are forgotten.
struct ConversionRecord: Sendable {
    static let conversionsMax = 2_000_000
    static let requestsMax = 200_000
    static let valuesMax = 100

    /// One event on its way into one destination.
    struct Entry: Sendable, Equatable {
        var key: RecordedConversion.Key
        var occurredAt: Timestamp
        var click: String
        var micros: Int64
        var currency: String
        /// Why it fails at processing; nil when it is taken.
        var reason: String?
        /// Position in the request.
        var index: Int
    }

    /// One accepted request about one destination.
    struct Part: Sendable, Equatable {
        var account: String
        var action: String
        var records: Int
        var failures: [String: [Int]] = [:]
    }

    struct Request: Sendable, Equatable {
        let id: String
        let at: Timestamp
        let decidedAt: Timestamp
        var parts: [Part]
    }

    static let duplicate = "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID"

    private(set) var conversions: [RecordedConversion.Key: RecordedConversion] = [:]
    private var requests: [String: Request] = [:]
    /// Request ids in the order of their coming, a ring.
    private var order: [String] = []
    private var oldest = 0
    private(set) var received = 0

    var isFull: Bool { conversions.count >= Self.conversionsMax }

    func request(_ id: String) -> Request? { requests[id] }

    /// Applies one accepted request.
    mutating func apply(_ request: Request, _ entries: [Entry]) {
        for entry in entries {
            if entry.reason == nil { apply(entry, of: request) }
            if entry.reason == Self.duplicate {
                conversions[entry.key]?.isKnown(from: request.decidedAt)
            }
        }
        received += entries.count
        if order.count < Self.requestsMax {
            order.append(request.id)
        } else {
            requests[order[oldest]] = nil
            order[oldest] = request.id
            oldest = (oldest + 1) % Self.requestsMax
        }
        requests[request.id] = request
    }

    private mutating func apply(_ entry: Entry, of request: Request) {
        let value = RecordedConversion.Value(
            micros: entry.micros, currency: entry.currency, at: request.at, requestID: request.id)
        guard conversions[entry.key] != nil else {
            conversions[entry.key] = RecordedConversion(
                key: entry.key, occurredAt: entry.occurredAt, click: entry.click, values: [value],
                decidedAt: request.decidedAt)
            return
        }
        conversions[entry.key]?.take(value, of: request)
    }
}

extension RecordedConversion {
    /// Whoever is told that an equal event is a duplicate knows that the first one counts.
    mutating func isKnown(from time: Timestamp) { decidedAt = min(decidedAt, time) }

    mutating func take(_ value: Value, of request: ConversionRecord.Request) {
        received += 1
        if value.micros != self.value?.micros || value.currency != self.value?.currency {
            if request.at < decidedAt { earlyChanges += 1 }
            values.append(value)
            valueCount += 1
            if values.count > ConversionRecord.valuesMax { values.removeFirst() }
        }
        decidedAt = request.decidedAt
    }
}

package import ConveyProtocol
import Store
package import Time
package import Timeline

/// A conversion as it stands.
package struct ConversionRecord: Sendable, Equatable {
    /// Its short number, for ever its own; the key of other tables.
    package let number: Int64
    /// Its public id, which moves with its order's identity.
    package let id: DerivedID
    /// The site's short number.
    package let site: Int64
    /// Which rule made it.
    package let rule: ConversionDraft.Rule
    /// What its order is known by.
    package let identity: OrderIdentity
    /// Whether it counts.
    package let status: ConversionStatus
    /// Why not, as `refunded`; of a retired one `merged` or `unfounded`.
    package let reason: String?
    /// Not negative; 0 of a withdrawn one.
    package let value: Money
    /// The order's.
    package let consent: Consent
    /// When the order was bought.
    package let occurredAt: Timestamp
    /// When the row was made: grace is counted from here.
    package let arrivedAt: Timestamp
    /// When it became certain that nothing older is on its way; nil: not yet.
    package let settledAt: Timestamp?
    /// When its row was given up; nil while it is in force.
    package let retiredAt: Timestamp?
    /// From 1.
    package let version: Int
    /// When this version came to be.
    package let changedAt: Timestamp
    /// Whose it is; nil where nobody is known.
    package let person: DerivedID?
    /// What attribution made of this version, as JSON.
    package let credits: String
    /// Whether nobody with a secret says anything of its order.
    package let isClaim: Bool

    /// Reads the columns that `ConversionTable` selects; nil for what no program of ours wrote.
    init?(_ row: Row) {
        guard let id = DerivedID(bytes: row.bytes(1)), let identity = OrderIdentity(row.text(4)),
            let status = ConversionStatus(rawValue: row.text(7)),
            let currency = Currency(row.text(10)), let consent = Consent(stored: row.text(11))
        else { return nil }
        number = row.integer(0)
        self.id = id
        site = row.integer(2)
        rule = .init(
            assignment: row.text(3), definition: row.text(5),
            definitionVersion: Int(row.integer(6)))
        self.identity = identity
        self.status = status
        reason = row.optionalText(8)
        value = Money(micros: row.integer(9), currency: currency)
        self.consent = consent
        (occurredAt, arrivedAt) = (row.timestamp(12), row.timestamp(13))
        (settledAt, retiredAt) = (row.optionalTimestamp(14), row.optionalTimestamp(15))
        (version, changedAt) = (Int(row.integer(16)), row.timestamp(17))
        person = row.optionalBytes(18).flatMap { DerivedID(bytes: $0) }
        (credits, isClaim) = (row.text(19), row.flag(20))
    }

    /// Whether this is already what a draft wants.
    func isAsWanted(_ draft: ConversionDraft) -> Bool {
        retiredAt == nil && id == draft.id && rule == draft.rule && status == draft.status
            && reason == draft.reason && value == draft.value && consent == draft.consent
            && occurredAt == draft.occurredAt && credits == draft.credits
    }

    /// What a draft makes different, for people: `value 188.44 → 150.00 EUR, credits`.
    func difference(to draft: ConversionDraft) -> String {
        var parts: [String] = []
        if status != draft.status {
            parts.append("\(status.rawValue) → \(draft.status.rawValue)")
        }
        if value != draft.value {
            parts.append("value \(value.amount) → \(draft.value.amount) \(draft.value.currency)")
        }
        if identity != draft.identity { parts.append("known as \(draft.identity)") }
        if occurredAt != draft.occurredAt { parts.append("bought at another time") }
        if consent != draft.consent { parts.append("consent") }
        if credits != draft.credits { parts.append("credits") }
        if rule != draft.rule { parts.append("rule") }
        if retiredAt != nil { parts.append("in force again") }
        return parts.isEmpty ? "reason" : parts.joined(separator: ", ")
    }
}

/// One version of a conversion, present or past.
package struct ConversionVersion: Sendable, Equatable {
    /// From 1.
    package let version: Int
    /// When it came to be.
    package let at: Timestamp
    /// What made it, in a few words.
    package let cause: String
    /// What it was.
    package let status: ConversionStatus
    /// Why it did not count.
    package let reason: String?
    /// What it was worth.
    package let value: Money
    /// When the order was bought, as far as was known.
    package let occurredAt: Timestamp
    /// What its order was known by.
    package let identity: String
    /// What attribution made of it, as JSON.
    package let credits: String

    /// Reads the columns that `ConversionTable` selects; nil for what no program of ours wrote.
    init?(_ row: Row) {
        guard let status = ConversionStatus(rawValue: row.text(3)),
            let currency = Currency(row.text(6))
        else { return nil }
        (version, at, cause) = (Int(row.integer(0)), row.timestamp(1), row.text(2))
        self.status = status
        reason = row.optionalText(4)
        value = Money(micros: row.integer(5), currency: currency)
        (occurredAt, identity, credits) = (row.timestamp(7), row.text(8), row.text(9))
    }
}

extension Consent {
    /// Three words, as a column holds them: analytics, ad user data, ad personalization.
    var stored: String {
        [analytics, adUserData, adPersonalization].map(\.rawValue).joined(separator: ",")
    }

    /// Reads what `stored` wrote.
    init?(stored text: String) {
        let states = text.split(separator: ",").compactMap { State(rawValue: String($0)) }
        guard states.count == 3 else { return nil }
        self.init(analytics: states[0], adUserData: states[1], adPersonalization: states[2])
    }
}

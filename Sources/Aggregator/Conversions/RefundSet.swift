package import ConveyProtocol
package import Time
package import Timeline

/// What went back of an order: a set by the platform's refund ids, so that a refund that is told
/// twice, by its own webhook and inside the order's body, is one.
package struct RefundSet: Sendable, Equatable {
    /// One refund.
    package struct Refund: Sendable, Equatable {
        /// The platform's id; where there is none, the name of the event.
        package let id: String
        /// What went back, never negative; nil: nobody says.
        package let returned: Money?
        /// When, as far as somebody says.
        package let at: Timestamp?
        /// Which part says so.
        package let evidence: Fact.Name
    }

    /// Those in the order's own currency and those without an amount, by id.
    package let refunds: [Refund]
    /// Those in other currencies, by id: told, never subtracted, since no rate is known.
    package let otherCurrencies: [Refund]
    /// The sum of those in the order's own currency; stops at the end of its range.
    package let returnedMicros: Int64

    /// Collects what the parts tell. Of two statements about one refund, one with an amount counts
    /// before one without, then the newer, then the larger amount, then the smaller name.
    /// - Parameter currency: the order's own, which also holds where a refund states none.
    init(_ parts: [Fact], currency: Currency) {
        var told: [String: Statement] = [:]
        for statement in parts.flatMap({ Statement.all(in: $0, currency: currency) }) {
            let id = statement.refund.id
            told[id] = told[id].map { $0.isBetter(than: statement) ? $0 : statement } ?? statement
        }
        let all = told.values.map(\.refund).sorted { $0.id < $1.id }
        refunds = all.filter { $0.returned.map { $0.currency == currency } ?? true }
        otherCurrencies = all.filter { $0.returned.map { $0.currency != currency } ?? false }
        returnedMicros = refunds.reduce(0) { sum, refund in
            let (total, isTooLarge) = sum.addingReportingOverflow(refund.returned?.micros ?? 0)
            return isTooLarge ? .max : total
        }
    }

    /// What one part says of one refund.
    private struct Statement {
        let refund: Refund
        let toldAt: Timestamp

        static func all(in fact: Fact, currency: Currency) -> [Statement] {
            var found: [Statement] = []
            if PartRole(of: fact) == .refund {
                let returned = fact.value.map {
                    Money(micros: positive($0.micros), currency: $0.currency)
                }
                found.append(
                    Statement(
                        refund: Refund(
                            id: fact.platform?.refundID ?? fact.name.description,
                            returned: returned, at: fact.occurredAt, evidence: fact.name),
                        toldAt: fact.versionTime))
            }
            for refund in fact.platform?.refunds ?? [] {
                let returned = Money(
                    micros: positive(refund.micros), currency: refund.currency ?? currency)
                found.append(
                    Statement(
                        refund: Refund(
                            id: refund.id, returned: returned, at: refund.at, evidence: fact.name),
                        toldAt: fact.versionTime))
            }
            return found
        }

        /// Some platforms write what goes back as a negative amount.
        private static func positive(_ micros: Int64) -> Int64 {
            Int64(clamping: micros.magnitude)
        }

        func isBetter(than other: Statement) -> Bool {
            let amounts = (refund.returned?.micros, other.refund.returned?.micros)
            guard (amounts.0 == nil) == (amounts.1 == nil) else { return amounts.0 != nil }
            guard toldAt == other.toldAt else { return toldAt > other.toldAt }
            let micros = (amounts.0 ?? 0, amounts.1 ?? 0)
            guard micros.0 == micros.1 else { return micros.0 > micros.1 }
            return refund.evidence < other.refund.evidence
        }
    }
}

import Conversions
import ConveyProtocol
package import Destinations
import Store
package import Tenancy
package import Time
import Timeline

/// Earlier conversions for a destination that went live later: shown first, then asked for.
package struct Backfill {
    private let tenant: TenantTransaction
    private let now: Timestamp
    /// Conversions read at once.
    private static let pageMax = 1000

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// What a back-fill would send, as far as can be told before it is judged.
    package struct Preview: Sendable {
        /// How many conversions count, are settled and bought since then.
        package internal(set) var count = 0
        /// What they are worth, in millionths of a unit, by currency.
        package internal(set) var micros: [String: Int64] = [:]

        /// Adds a conversion; a sum stops at the end of its range, since prices are anybody's to claim.
        fileprivate mutating func add(_ value: Money) {
            count += 1
            let unit = value.currency.description
            let (sum, isTooLarge) = (micros[unit] ?? 0).addingReportingOverflow(value.micros)
            micros[unit] = isTooLarge ? .max : sum
        }

        /// One sentence for the operator.
        package var sentence: String {
            let sums = micros.sorted { $0.key < $1.key }
                .map { AmountText.text($0.value, $0.key) }.joined(separator: " + ")
            return "\(count) earlier conversions\(sums.isEmpty ? "" : ", worth \(sums)"), are sent"
                + " as far as their clicks, their consent and the platform's age limit allow."
        }
    }

    /// Counts what a back-fill would send.
    package func preview(of destination: Destination, from: Timestamp) throws -> Preview {
        var preview = Preview()
        try each(of: destination, from: from) { conversion in
            preview.add(conversion.value)
        }
        return preview
    }

    /// Has the orders judged again, so that the destination is told of them.
    package func begin(of destination: Destination, from: Timestamp) throws {
        var anchors: Set<OrderAnchor> = []
        try each(of: destination, from: from) { conversion in
            guard let anchor = conversion.identity.anchor(site: conversion.site) else { return }
            anchors.insert(anchor)
        }
        try StaleOrders(tenant).add(anchors, because: .backfill, at: now)
    }

    private func each(
        of destination: Destination, from: Timestamp, _ body: (ConversionRecord) -> Void
    ) throws {
        let table = ConversionTable(tenant, at: now)
        var before: Int64?
        while true {
            let page = try table.newest(Self.pageMax, before: before)
            guard let last = page.last else { return }
            before = last.number
            page.filter { conversion in
                conversion.status == .counted && conversion.settledAt != nil
                    && conversion.occurredAt >= from
                    && destination.serves(
                        site: conversion.site, assignment: conversion.rule.assignment)
            }.forEach(body)
        }
    }
}

import Attribution
import Conversions
import ConveyProtocol
package import Destinations
import FoundationEssentials
import Ingest
import Sites
package import Store
package import Tenancy
package import Time
import Timeline

/// Explains orders: judges them anew from their facts, and puts beside it what is kept and was sent.
package struct Explainer {
    private let tenant: TenantTransaction
    private let tx: Transaction
    private let verdicts: VerdictTable
    private let now: Timestamp

    /// An order, explained for people and for programs.
    package struct Answer: Sendable {
        /// The explanation as JSON: an object, docs/attribution.md says what its members mean.
        package let json: String
        /// The same as lines of text.
        package let text: String
    }

    /// Reads in one organization's transaction.
    /// - Parameters:
    ///   - tx: the same transaction, for what is read of Ingest.
    ///   - verdicts: what platforms' codes mean.
    package init(
        _ tenant: TenantTransaction, _ tx: Transaction, _ verdicts: VerdictTable, at now: Timestamp
    ) {
        self.tenant = tenant
        self.tx = tx
        self.verdicts = verdicts
        self.now = now
    }

    /// Every order that the text may mean: its id or name (with or without `#`), its identity as
    /// `name:1042`, or the public id of one of its conversions. Several sites may have the same number.
    /// - Parameter site: only orders of this site, by its short number.
    package func explanations(of text: String, site: Int64? = nil) throws -> [Answer] {
        var judge = OrderJudge(tenant)
        let kept = try orders(text).filter { site == nil || $0.site == site }
        let anchors = kept.compactMap { $0.identity.anchor(site: $0.site) }
        let wanted = Set(kept.map { Wanted(site: $0.site, identity: $0.identity) })
        return try judge.judge(anchors).flatMap(\.orders)
            .filter { wanted.contains(Wanted(site: $0.order.site, identity: $0.order.identity)) }
            .map { try answer($0) }
    }

    private struct Wanted: Hashable {
        let site: Int64
        let identity: OrderIdentity
    }

    private func orders(_ text: String) throws -> [Wanted] {
        let table = MergedOrderTable(tenant, at: now)
        let named = try table.orders(named: text).map {
            Wanted(site: $0.site, identity: $0.identity)
        }
        guard named.isEmpty, let id = DerivedID(text),
            let conversion = try ConversionTable(tenant, at: now).conversion(id)
        else { return named }
        return [Wanted(site: conversion.site, identity: conversion.identity)]
    }

    private func answer(_ judged: JudgedOrder) throws -> Answer {
        let explanation = try Explanation(
            judged, ExplanationSources(tenant: tenant, tx: tx, verdicts: verdicts, now: now))
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Answer(
            json: String(decoding: try encoder.encode(explanation), as: UTF8.self),
            text: ExplanationText(explanation).text)
    }
}

import Attribution
import Conversions
import ConveyProtocol
import Definitions
import Destinations
import Sites
import Store
import Tenancy
import Time
import Timeline

/// Writes what judging a family of orders came to, in one transaction: the merged orders, their
/// conversions and credits, and what each destination is to be told.
struct OutcomeWriter {
    private let tenant: TenantTransaction
    private let now: Timestamp
    private let destinations: [Destination]
    private let queue: UploadQueue

    /// Works in one organization's transaction.
    init(_ tenant: TenantTransaction, at now: Timestamp) throws {
        self.tenant = tenant
        self.now = now
        destinations = try DestinationTable(tenant, at: now).all()
        queue = UploadQueue(tenant, at: now)
    }

    /// Makes everything of the family be as judged. Done twice, the second time changes nothing.
    func write(_ family: JudgedFamily, because cause: String) throws {
        try MergedOrderTable(tenant, at: now)
            .keep(family.orders.map(\.order), of: family.scope)
        let drafted = family.orders.flatMap { order in
            order.outcomes.compactMap { Drafted(order, $0) }
        }
        let changes = try ConversionTable(tenant, at: now).apply(
            drafted.map(\.draft), to: family.scope, cause: cause,
            wasSent: { try queue.hasBeenSent(conversion: $0) })
        let byID = Dictionary(drafted.map { ($0.draft.id, $0) }) { first, _ in first }
        for change in changes {
            switch change.kind {
            case .retired: try retire(change.conversion)
            case .made, .changed, .unchanged:
                guard let drafted = byID[change.conversion.id] else { continue }
                try write(drafted, change.conversion)
            }
        }
    }

    /// A conversion that is to be, and where it comes from.
    private struct Drafted {
        let order: JudgedOrder
        let outcome: JudgedOrder.Outcome
        let draft: ConversionDraft

        init?(_ order: JudgedOrder, _ outcome: JudgedOrder.Outcome) {
            guard let value = outcome.value else { return nil }
            let rule = ConversionDraft.Rule(
                assignment: outcome.assignment.key, definition: outcome.assignment.definition.name,
                definitionVersion: outcome.assignment.definition.version)
            guard
                var draft = ConversionDraft(
                    order.order, site: order.site.site.id, rule: rule, value: value)
            else { return nil }
            draft.person = order.person.id
            draft.credits = Self.credits(outcome, in: value.currency)
            (self.order, self.outcome, self.draft) = (order, outcome, draft)
        }

        /// What a version keeps of its attribution: the model that counts, and all credits.
        private static func credits(
            _ outcome: JudgedOrder.Outcome, in currency: Currency
        ) -> String {
            let touches = String(decoding: outcome.credits.json(in: currency), as: UTF8.self)
            return #"{"model":"\#(outcome.model.rawValue)","touches":\#(touches)}"#
        }
    }

    private func write(_ drafted: Drafted, _ conversion: ConversionRecord) throws {
        try CreditTable(tenant).replace(drafted.outcome.credits, of: conversion.number)
        try tellDestinations(
            UploadWish(conversion, drafted.order, drafted.outcome), of: conversion)
    }

    /// Nothing stands behind a conversion any more: what was sent of it is to be taken back, and what
    /// was not is not to be sent.
    private func retire(_ conversion: ConversionRecord) throws {
        try CreditTable(tenant).replace([], of: conversion.number)
        guard try queue.hasBeenSent(conversion: conversion.number) else {
            return try queue.forget(conversion: conversion.number)
        }
        guard let wish = try UploadWish(retired: conversion, in: tenant) else { return }
        try tellDestinations(wish, of: conversion)
    }

    private func tellDestinations(
        _ wish: UploadWish, of conversion: ConversionRecord
    ) throws {
        for destination in destinations
        where destination.serves(
            site: conversion.site, assignment: conversion.rule.assignment)
        {
            try queue.wish(wish, for: destination)
        }
    }
}

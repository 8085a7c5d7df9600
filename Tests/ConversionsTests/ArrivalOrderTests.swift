import ConveyProtocol
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time
import Timeline

@testable import Conversions

/// Goal: the order of arrival does not matter. Method: invented histories of a few orders, their facts
/// in random order, twice and in random batches; the result is held against that of all at once. The
/// seed is printed with a failure.
@Suite struct ArrivalOrderTests {
    /// What must not depend on arrival.
    struct Result: Equatable, CustomStringConvertible {
        let id: DerivedID
        let status: ConversionStatus
        let reason: String?
        let value: Money
        let occurredAt: Timestamp
        let consent: Consent

        init(_ record: ConversionRecord) {
            (id, status, reason) = (record.id, record.status, record.reason)
            (value, occurredAt, consent) = (record.value, record.occurredAt, record.consent)
        }

        var description: String { "\(id) \(status) \(reason ?? "-") \(value.amount) \(occurredAt)" }
    }

    @Test func foldingDoesNotDependOnTheOrderOfFacts() {
        for seed in UInt64(1)...2000 {
            var random = SeededRandom(seed: seed)
            var history = History(&random)
            let rule = Bool.random(using: &random) ? Sample.shopify : Sample.custom
            let expected = Sample.orders(history.facts, rule)
            history.facts.shuffle(using: &random)
            #expect(Sample.orders(history.facts, rule) == expected, "seed \(seed)")
            let parts = expected.flatMap(\.parts).map(\.name)
            #expect(Set(parts).count == parts.count, "a part in two orders, seed \(seed)")
        }
    }

    @Test(arguments: Backend.all)
    func conversionsDoNotDependOnArrival(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        for seed in UInt64(1)...300 {
            var random = SeededRandom(seed: seed)
            let history = History(&random)
            let arrivals = history.arrivals(&random)
            let rule = Bool.random(using: &random) ? Sample.shopify : Sample.custom
            let sending = Bool.random(using: &random)
            let site = shop.site
            let (stepwise, atOnce) = try await shop.write { table, tenant in
                var known: [Fact.Name: Fact] = [:]
                var sent: Set<Int64> = []
                for batch in arrivals {
                    for fact in batch { known[fact.name] = fact }
                    let changes = try Shop.judge(
                        Array(known.values), rule, at: site, sent: sent, table, tenant)
                    if sending { sent.formUnion(changes.prefix(1).map(\.conversion.number)) }
                }
                let stepwise = try table.newest(1000).map(Result.init)
                try Self.clear(tenant)
                _ = try Shop.judge(history.facts, rule, at: site, sent: [], table, tenant)
                let atOnce = try table.newest(1000).map(Result.init)
                try Self.clear(tenant)
                return (stepwise, atOnce)
            }
            let sorted = [stepwise, atOnce].map { $0.sorted { $0.id < $1.id } }
            #expect(sorted[0] == sorted[1], "seed \(seed)")
        }
    }

    private static func clear(_ tenant: TenantTransaction) throws {
        try tenant.run(TenantSQL("DELETE FROM conversion_alias WHERE organization = $1"))
        try tenant.run(TenantSQL("DELETE FROM conversion_version WHERE organization = $1"))
        try tenant.run(TenantSQL("DELETE FROM conversion WHERE organization = $1"))
        try tenant.run(TenantSQL("DELETE FROM merged_order WHERE organization = $1"))
    }
}

/// What happened to up to three orders that share names and tokens more often than real ones do.
struct History {
    var facts: [Fact] = []

    init(_ random: inout SeededRandom) {
        for number in 0..<Int.random(in: 1...10, using: &random) {
            let kind = Int.random(in: 0..<6, using: &random)
            let event = "e\(number)"
            let seconds = Int64.random(in: 0...5, using: &random)
            switch kind {
            case 0: facts.append(Self.refund(event, at: seconds, &random))
            case 1: facts.append(Sample.browser(event, at: seconds) { Self.loosen(&$0, &random) })
            case 2: facts.append(Sample.server(event, at: seconds) { Self.loosen(&$0, &random) })
            default: facts.append(Self.version(event, at: seconds, &random))
            }
        }
    }

    /// Every fact once or twice, shuffled, in batches.
    func arrivals(_ random: inout SeededRandom) -> [[Fact]] {
        var all = facts + facts.filter { _ in Bool.random(using: &random) }
        all.shuffle(using: &random)
        var batches: [[Fact]] = [[]]
        for fact in all {
            if Bool.random(using: &random) { batches.append([]) }
            batches[batches.count - 1].append(fact)
        }
        return batches.filter { !$0.isEmpty }
    }

    private static func version(
        _ event: String, at seconds: Int64, _ random: inout SeededRandom
    ) -> Fact {
        Sample.version(event, "orders/updated", at: seconds) { fact in
            loosen(&fact, &random)
            let states = ["paid", "pending", "cancelled", "partially_refunded", nil]
            fact.order?.status = states.randomElement(using: &random) ?? nil
            if Int.random(in: 0..<4, using: &random) == 0 {
                fact.platform?.currentTotalMicros =
                    Int64.random(in: 0...12, using: &random) * 10_000
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                fact.platform?.refunds = [.init(id: "r1", micros: 10_000_000)]
            }
        }
    }

    private static func refund(
        _ event: String, at seconds: Int64, _ random: inout SeededRandom
    ) -> Fact {
        var refund = Sample.refund(
            event, id: Bool.random(using: &random) ? "r1" : "r2",
            Bool.random(using: &random) ? "40.00" : nil,
            currency: Int.random(in: 0..<5, using: &random) == 0 ? "USD" : "EUR", at: seconds)
        loosen(&refund, &random)
        return refund
    }

    private static func loosen(_ fact: inout Fact, _ random: inout SeededRandom) {
        func pick(_ texts: [String?]) -> String? { texts.randomElement(using: &random) ?? nil }
        var order = Fact.OrderReference(id: pick(["1", "2", nil]), name: pick(["A", "B", nil]))
        order.checkoutToken = pick(["t1", "t2", nil, nil])
        order.cartToken = pick(["c1", nil])
        order.isTest = Int.random(in: 0..<25, using: &random) == 0
        if order.id ?? order.name ?? order.checkoutToken == nil { order.name = "A" }
        fact.order = order
        fact.visitor = pick(["v1", "v2", nil])
        fact.consent = [nil, nil, .unknown, granted].randomElement(using: &random) ?? nil
        fact.value = fact.value.map { money in
            Money(
                micros: Int64.random(in: 0...12, using: &random) * 10_000, currency: money.currency)
        }
    }

    private static let granted = Consent(
        analytics: .granted, adUserData: .granted, adPersonalization: .granted)
}

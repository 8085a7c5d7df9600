import ConveyProtocol
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time
import Timeline

@testable import Conversions

/// Goal: one order is one conversion for ever, whatever it is called meanwhile, and its past stays
/// readable. Method: judge orders step by step and look at the rows.
@Suite struct ConversionTableTests {
    private static let paid = Sample.version("a", "orders/paid", at: 1)
    private static let back = Sample.refund("b", id: "r1", "30.00")

    @Test(arguments: Backend.all)
    func aRefundIsANewVersionAndTheOldOneStaysReadable(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let made = try await shop.judge([Self.paid])
        #expect(made.map(\.kind) == [.made])
        let later = Sample.start + .seconds(60)
        let changed = try await shop.judge([Self.paid, Self.back], at: later)
        #expect(changed.map(\.kind) == [.changed])
        let conversion = try #require(changed.first?.conversion)
        #expect(conversion.number == made.first?.conversion.number)
        #expect(conversion.version == 2)
        #expect(conversion.value == Sample.money("70.00"))
        #expect(conversion.occurredAt == Sample.start)
        #expect(conversion.arrivedAt == Sample.start)
        #expect(conversion.changedAt == later)
        let versions = try await shop.write { table, _ in
            try table.versions(of: conversion.number)
        }
        #expect(versions.map(\.value) == [Sample.money("100.00"), Sample.money("70.00")])
        #expect(versions.map(\.cause) == ["test", "test: value 100.00 → 70.00 EUR"])
        #expect(versions.map(\.at) == [Sample.start, later])
    }

    @Test(arguments: Backend.all)
    func judgingAgainChangesNothing(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        try await shop.judge([Self.paid])
        let again = try await shop.judge([Self.paid], at: Sample.start + .seconds(9))
        #expect(again.map(\.kind) == [.unchanged])
        #expect(again.first?.conversion.version == 1)
        #expect(again.first?.conversion.changedAt == Sample.start)
    }

    @Test(arguments: Backend.all)
    func anIDThatComesLateMovesTheConversionAndTheOldIDStillFindsIt(
        _ backend: Backend
    ) async throws {
        let shop = try await Shop.make(backend)
        let early = Sample.server("s") { $0.order = .init(name: "1043") }
        let first = try #require(try await shop.judge([early]).first?.conversion)
        #expect(first.identity == OrderIdentity(.name, "1043"))
        let second = try #require(try await shop.judge([early, Self.paid]).first?.conversion)
        #expect(second.number == first.number)
        #expect(second.id != first.id)
        let direct = try #require(try await Shop.make(backend).judge([early, Self.paid]).first)
        #expect(direct.conversion.identity == second.identity)
        let found = try await shop.write { table, _ in
            [try table.conversion(first.id), try table.conversion(second.id)]
        }
        #expect(found == [second, second])
    }

    @Test(arguments: Backend.all)
    func twoRowsThatAreOneOrderBecomeOne(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let named = Sample.server("s") { $0.order = .init(name: "1043") }
        let whole = Sample.version("a", "orders/paid", at: 1) { $0.order?.name = nil }
        let one = try #require(try await shop.judge([named]).first?.conversion)
        let two = try #require(try await shop.judge([whole]).first?.conversion)
        #expect(one.number != two.number)
        let bridge = Sample.version("c", "orders/updated", at: 2)
        let changes = try await shop.judge([named, whole, bridge])
        #expect(changes.map(\.kind) == [.unchanged, .retired])
        #expect(changes.map(\.conversion.number) == [two.number, one.number])
        #expect(changes[1].conversion.reason == "merged")
        #expect(changes[1].conversion.value.micros == 0)
        #expect(try await shop.inForce().map(\.number) == [two.number])
        let found = try await shop.write { table, _ in try table.conversion(one.id) }
        #expect(found?.number == two.number)
    }

    @Test(arguments: Backend.all)
    func ofTwoRowsTheOneThatWasSentStays(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let named = Sample.server("s") { $0.order = .init(name: "1043") }
        let whole = Sample.version("a", "orders/paid", at: 1) { $0.order?.name = nil }
        let one = try #require(try await shop.judge([named]).first?.conversion)
        let two = try #require(try await shop.judge([whole]).first?.conversion)
        let bridge = Sample.version("c", "orders/updated", at: 2)
        let facts = [named, whole, bridge]
        let changes = try await shop.judge(facts, sent: [one.number])
        #expect(changes.map(\.conversion.number) == [one.number, two.number])
        #expect(changes.map(\.kind) == [.changed, .retired])
        #expect(changes[0].conversion.id == two.id)
        let again = try await shop.judge(facts, sent: [one.number])
        #expect(again.map(\.kind) == [.unchanged])
        #expect(try await shop.inForce().map(\.id) == [two.id])
    }

    @Test(arguments: Backend.all)
    func anOrderThatTurnsOutToBeATestIsGivenUpAndComesBack(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let one = try #require(try await shop.judge([Self.paid]).first?.conversion)
        let test = Sample.version("t", "orders/updated", at: 9) { $0.order?.isTest = true }
        let changes = try await shop.judge([Self.paid, test])
        #expect(changes.map(\.kind) == [.retired])
        #expect(changes.first?.conversion.reason == "unfounded")
        #expect(try await shop.inForce().isEmpty)
        let back = try await shop.judge([Self.paid], sent: [one.number])
        #expect(back.map(\.kind) == [.changed])
        #expect(back.first?.conversion.number == one.number)
        #expect(back.first?.conversion.retiredAt == nil)
        #expect(back.first?.conversion.value == Sample.money("100.00"))
    }

    /// Where claims are too many to be followed, what they name is not known here.
    @Test(arguments: Backend.all)
    func aClaimTakesNoOtherOrdersConversionAway(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let victim = try #require(try await shop.judge([Self.paid]).first?.conversion)
        let own = Sample.server("s") { fact in
            fact.order = .init(id: "9")
            fact.order?.checkoutToken = "own"
        }
        let joined = Sample.browser("c") { $0.order?.checkoutToken = "own" }
        let alone = Sample.browser("d") { $0.order?.checkoutToken = nil }
        let changes = try await shop.judge([own, joined, alone])
        #expect(changes.map(\.conversion.identity.value) == ["9"])
        let site = shop.site
        let (after, order) = try await shop.write { table, tenant in
            (
                try table.conversion(victim.number),
                try MergedOrderTable(tenant, at: Sample.start)
                    .order(victim.identity, site: site.number)
            )
        }
        #expect(after == victim)
        #expect(order?.state == "counted")
    }

    @Test(arguments: Backend.all)
    func whatIsAnchoredIsGivenUpWhenItsFactsAreGone(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        try await shop.judge([Self.paid])
        let site = shop.site
        let anchor = try #require(OrderAnchor(of: Self.paid))
        let changes = try await shop.write { table, tenant in
            let scope = OrderScope(site: site.number, groups: [], anchors: [anchor])
            try MergedOrderTable(tenant, at: Sample.start).keep([], of: scope)
            return try table.apply([], to: scope, cause: "test") { _ in false }
        }
        #expect(changes.map(\.kind) == [.retired])
        #expect(try await shop.inForce().isEmpty)
    }

    @Test(arguments: Backend.all)
    func twoSitesWithTheSameOrderNumbersHaveTwoConversions(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let first = try #require(try await shop.judge([Self.paid]).first?.conversion)
        let order = try Sample.order([Self.paid])
        let other = try #require(SiteID("0198c5a2-7e5d-7c00-8a00-000000000002"))
        let elsewhere = try #require(
            ConversionDraft(
                order, site: other, rule: Shop.rule, value: order.money.value))
        #expect(elsewhere.id != first.id)
    }

    @Test(arguments: Backend.all)
    func aPersonWhoIsLearntLaterIsNoNewVersion(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        try await shop.judge([Self.paid])
        let site = shop.site
        let person = DerivedID("person", .integer(1))
        let (change, found) = try await shop.write { table, _ in
            let groups = OrderGroup.groups(of: [Self.paid])
            let order = Folding(Sample.shopify, currency: Sample.euro).fold(groups[0], linked: [])
            var drafts = [order].compactMap { order in
                order.flatMap {
                    ConversionDraft($0, site: site.id, rule: Shop.rule, value: $0.money.value)
                }
            }
            drafts[0].person = person
            let scope = OrderScope(site: site.number, groups: groups)
            let changes = try table.apply(drafts, to: scope, cause: "test") { _ in false }
            return (changes, try table.conversions(of: person, site: site.number))
        }
        #expect(change.map(\.kind) == [.unchanged])
        #expect(found.map(\.version) == [1])
        #expect(found.first?.person == person)
    }

    @Test(arguments: Backend.all)
    func ordersAreFoundByNameAndIDAlsoWhereTheyMakeNoConversion(
        _ backend: Backend
    ) async throws {
        let shop = try await Shop.make(backend)
        let pending = Sample.version("a", "orders/create", at: 1) { $0.order?.status = "pending" }
        try await shop.judge([pending])
        let site = shop.site.number
        for text in ["#1043", "1043", "6123456789012"] {
            let found = try await shop.write { _, tenant in
                try MergedOrderTable(tenant, at: Sample.start).orders(named: text)
            }
            #expect(found.map(\.state) == ["pending"], "\(text)")
            #expect(found.map(\.site) == [site])
        }
        #expect(try await shop.inForce().isEmpty)
    }
}

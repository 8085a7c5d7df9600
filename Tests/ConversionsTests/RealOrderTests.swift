import Crypto
import Foundation
import HTTP
import JSON
import Testing
import Time
import Timeline

@testable import Conversions
@testable import ConveyProtocol
@testable import Intake

/// Goal: Shopify's own bodies end as the order that a person reads out of them. Method: map them as the
/// edge does, read the facts, fold; where the folder of real inputs is not beside the project the test
/// is skipped and says so.
@Suite struct RealOrderTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/data/webhooks/shopify").standardizedFileURL

    private static let isThere = FileManager.default.fileExists(atPath: folder.path)

    private static let settings: SiteSettings.Site = {
        guard let id = SiteID("0198c5a2-7e5d-7c00-8a00-000000000001") else {
            preconditionFailure("a site")
        }
        return SiteSettings.Site(
            id: id, name: "acme.myshopify.com", platform: .shopify,
            currency: Sample.currency("USD"), timeZone: "UTC")
    }()

    /// The fact that a file leaves when it comes as this topic's webhook.
    private static func fact(_ name: String, _ topic: String) throws -> Fact {
        let file = folder.appendingPathComponent("\(name).json")
        let request = Request(
            .post, "/webhooks/shopify/acme",
            headers: ["X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": name],
            body: Array(try Data(contentsOf: file)))
        let event = ShopifyEvent(
            delivery: Shopify.Delivery(request), shop: "acme.myshopify.com", carts: SharedCartBook()
        )
        let context = EventContext(
            rules: SiteRules(settings), source: .shopify, credential: .webhook,
            receivedAt: try #require(Timestamp("2026-11-18T19:10:00.000Z")))
        var draft = JSONWriter()
        var parser = JSONParser(bytesMax: 4_194_304, depthMax: 64, duplicateKeys: .lastWins)
        try parser.parse(request.body.span) { root in
            let body = ForeignFields(root)
            guard case .says(let parts) = event.reading(of: body) else { return }
            for part in parts { event.write(part, of: body, itemsMax: .max, to: &draft) }
        }
        var writer = EventWriter(random: RandomBytes())
        let fault = try parser.parse(draft.bytes.span) { (element) -> EventFault? in
            do throws(EventFault) {
                _ = try writer.write(element, context)
                return nil
            } catch {
                return error
            }
        }
        #expect(fault == nil)
        var reader = FactReader()
        let fact = reader.read(writer.bytes.span, site: 1, place: .init(chunk: 1, line: 0))
        return try #require(fact)
    }

    @Test(.enabled(if: isThere, "The folder of real webhook bodies is not here."))
    func aPaidOrderCountsWithItsTotalItsTimeAndItsClick() throws {
        let created = try Self.fact("derived_orders_create_gclid", "orders/create")
        let paid = try Self.fact("derived_orders_paid_gclid", "orders/paid")
        for facts in [[created], [paid, created]] {
            let order = try Sample.order(facts)
            #expect(order.identity == OrderIdentity(.id, "6123456789012"))
            #expect(order.orderName == "1043")
            #expect(order.state == .counted)
            #expect(order.money.value == Sample.money("404.95", "USD"))
            #expect(order.purchasedAt == Timestamp("2026-11-18T19:03:22.000Z"))
            let gclid = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0_vD_BwE"
            #expect(order.visit.clicks.map(\.id) == [ClickID(.gclid, gclid)])
            #expect(order.consent.adUserData == .granted)
            #expect(order.consent.adPersonalization == .granted)
            #expect(order.user.emailGoogle != nil)
        }
    }

    @Test(.enabled(if: isThere, "The folder of real webhook bodies is not here."))
    func aCancellationWithdrawsIt() throws {
        let facts = [
            try Self.fact("derived_orders_cancelled_gclid", "orders/cancelled"),
            try Self.fact("derived_orders_paid_gclid", "orders/paid"),
        ]
        let order = try Sample.order(facts)
        #expect(order.state == .withdrawn(.status("cancelled")))
        #expect(order.money.refunds.refunds.isEmpty, "a cancellation is no sum of money")
    }

    @Test(.enabled(if: isThere, "The folder of real webhook bodies is not here."))
    func theSampleOrderIsATestWhateverItsRefundSays() throws {
        let facts = [
            try Self.fact("refunds_create", "refunds/create"),
            try Self.fact("orders_create", "orders/create"),
            try Self.fact("orders_updated", "orders/updated"),
        ]
        let order = try Sample.order(facts)
        #expect(order.identity == OrderIdentity(.id, "820982911946154508"))
        #expect(order.state == .test)
        #expect(order.parts.map(\.role).filter { $0 == .refund }.count == 1)
        let refund = try Sample.order([try Self.fact("refunds_create", "refunds/create")])
        #expect(refund.state == .refundOnly)
    }
}

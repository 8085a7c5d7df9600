import ConveyProtocol
import Testing
import Time
import Timeline

@testable import Conversions

/// Facts of invented orders.
enum Sample {
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)
    static let euro = currency("EUR")

    static func currency(_ text: String) -> Currency {
        guard let currency = Currency(text) else { preconditionFailure("a currency") }
        return currency
    }

    static func money(_ amount: String, _ currency: String = "EUR") -> Money {
        guard let micros = DecimalAmount(amount)?.micros else { preconditionFailure("an amount") }
        return Money(micros: micros, currency: Self.currency(currency))
    }

    static func name(_ id: String, _ credential: CredentialClass, site: Int64 = 1) -> Fact.Name {
        guard let id = EventID(id) else { preconditionFailure("an id") }
        return Fact.Name(site: site, credential: credential, id: id)
    }

    /// A version of an order out of Shopify's webhooks, modified so many seconds after the start.
    static func version(
        _ event: String, _ topic: String, at seconds: Int64,
        _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        let type = topic == "orders/cancelled" ? "refund" : "purchase"
        var fact = Fact(
            name(event, .webhook), type: type, source: .shopify, at: start + .seconds(seconds))
        fact.order = .init(id: "6123456789012", name: "1043")
        fact.order?.checkoutToken = "checkout-1"
        fact.order?.cartToken = "cart-1"
        fact.order?.status = "paid"
        fact.value = money("100.00")
        var platform = Fact.PlatformDetails()
        platform.topic = topic
        platform.createdAt = start
        platform.modifiedAt = start + .seconds(seconds)
        fact.platform = platform
        change(&fact)
        return fact
    }

    /// A refund by Shopify's own webhook.
    static func refund(
        _ event: String, id: String, _ amount: String?, currency: String = "EUR",
        at seconds: Int64 = 3600
    ) -> Fact {
        var fact = Fact(
            name(event, .webhook), type: "refund", source: .shopify, at: start + .seconds(seconds))
        fact.order = .init(id: "6123456789012")
        fact.value = amount.map { money($0, currency) }
        var platform = Fact.PlatformDetails()
        platform.topic = "refunds/create"
        platform.refundID = id
        fact.platform = platform
        return fact
    }

    /// What a browser says on the thank-you page.
    static func browser(
        _ event: String, at seconds: Int64 = 2, _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        var fact = Fact(
            name(event, .siteKey), type: "purchase", source: .browser, at: start + .seconds(seconds)
        )
        fact.visitor = "visitor-1"
        fact.session = "session-1"
        fact.order = .init(id: "6123456789012", name: "1043")
        fact.value = money("99.00")
        fact.clicks = [ClickID(.gclid, "EAIaIQobChMI")]
        change(&fact)
        return fact
    }

    /// What the shop's server says.
    static func server(
        _ event: String, type: String = "purchase", at seconds: Int64 = 1,
        _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        var fact = Fact(
            name(event, .serverKey), type: type, source: .server, at: start + .seconds(seconds))
        fact.order = .init(id: "6123456789012", name: "1043")
        fact.value = money("100.00")
        change(&fact)
        return fact
    }

    static let shopify = CountingRule(platform: .shopify, needsConfirmation: true)
    static let custom = CountingRule(platform: .custom, needsConfirmation: false)

    /// Sorts and folds facts of one site.
    static func orders(
        _ facts: [Fact], _ rule: CountingRule = shopify, linked: Set<String> = []
    ) -> [MergedOrder] {
        let folding = Folding(rule, currency: euro)
        return OrderGroup.groups(of: facts).compactMap { folding.fold($0, linked: linked) }
    }

    /// Folds facts that are one order.
    static func order(
        _ facts: [Fact], _ rule: CountingRule = shopify, linked: Set<String> = [],
        _ location: SourceLocation = #_sourceLocation
    ) throws -> MergedOrder {
        let orders = orders(facts, rule, linked: linked)
        #expect(orders.count == 1, sourceLocation: location)
        return try #require(orders.first, sourceLocation: location)
    }
}

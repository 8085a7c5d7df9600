import Time

/// An imaginary shop: makes up visits and orders, the same ones for the same seed.
///
/// Everything in it happens at `example.com`. A visit is a handful of browser events; some begin with
/// an ad click; some end in an order, which the browser and the shop's webhook both report.
package struct Shop: Sendable {
    /// What a delivery should come to, by the rules of the intake.
    package enum Expectation: Sendable, Hashable {
        /// Stored under this event id (for webhooks the delivery id).
        case stored(id: String)
        /// Turned away; `reason` is ours, for the tally.
        case refused(reason: String)
    }

    /// One request that a browser or the shop makes.
    package struct Delivery: Sendable {
        /// How the request shows who sends it.
        enum Credential: Sendable { case siteKey, serverKey, shopifySecret, wrongSecret }
        let credential: Credential
        /// Shopify's topic; nil for events of browsers and servers.
        package let topic: String?
        /// What identifies a webhook's delivery; its repeats carry the same.
        package let deliveryID: String?
        /// JSON as it is sent.
        package let body: String
        /// What each of its events should come to, in order.
        package let expectations: [Expectation]
    }

    private var random: SeededGenerator
    private var orderNumber = 1000
    private let startMilliseconds: Int64

    /// - Parameter start: milliseconds since 1970 of the first visit; later ones follow within the hour.
    package init(seed: UInt64, startMilliseconds start: Int64) {
        random = SeededGenerator(seed: seed)
        startMilliseconds = start
    }

    /// Makes the deliveries of `visits` visits, with repeats, bad events and late ones among them.
    package mutating func deliveries(visits: Int) -> [Delivery] {
        var all: [Delivery] = []
        for visit in 0..<visits {
            all += self.visit(visit)
            if visit % 10 == 3 { all.append(badDelivery(visit)) }
        }
        let repeats = all.filter { $0.isRepeatable && random.chance(0.05) }
        return permuted(all + repeats)
    }

    /// Moves deliveries about as networks do: most by a little, some by a lot.
    private mutating func permuted(_ deliveries: [Delivery]) -> [Delivery] {
        let moved = deliveries.enumerated().map { place, delivery in
            let delay = random.chance(0.1) ? random.below(deliveries.count) : random.below(8)
            return (place + delay, place, delivery)
        }
        return moved.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    // MARK: One visit

    private mutating func visit(_ number: Int) -> [Delivery] {
        let visitor = "v-\(random.hex(12))"
        let start = startMilliseconds + Int64(random.below(3_600_000))
        let landing = random.chance(0.4) ? clickLanding() : plainLanding()
        var steps = ["page_view", "view_item"]
        if random.chance(0.5) { steps.append("add_to_cart") }
        let buys = steps.count == 3 && random.chance(0.6)
        if buys { steps += ["begin_checkout"] }
        let events = steps.enumerated().map { step, type in
            let url = step == 0 ? landing : "https://shop.example.com/products/lamp-\(number % 7)"
            return browserEvent(
                type, visitor: visitor, at: start + Int64(step) * 20_000, url: url, order: nil)
        }
        var deliveries = [browserDelivery(events, sentAt: start + 90_000)]
        if buys { deliveries += order(of: visitor, at: start + 120_000, landing: landing) }
        return deliveries
    }

    private mutating func order(of visitor: String, at time: Int64, landing: String) -> [Delivery] {
        orderNumber += 1
        let order = Order(
            number: orderNumber, cents: 1_000 + random.below(20_000), token: random.hex(16),
            landing: landing, milliseconds: time)
        let purchase = browserEvent(
            "purchase", visitor: visitor, at: time, url: "https://shop.example.com/thank_you",
            order: order)
        return [
            browserDelivery([purchase], sentAt: time + 1_500),
            webhook("orders/create", order),
            webhook("orders/paid", order),
        ]
    }

    private mutating func clickLanding() -> String {
        let click = "Cj0KCQ" + random.letters(60) + "_wcB"
        return "https://shop.example.com/?utm_source=google&utm_medium=cpc&gclid=\(click)"
    }

    private func plainLanding() -> String { "https://shop.example.com/" }

    // MARK: Bodies

    private mutating func browserEvent(
        _ type: String, visitor: String, at time: Int64, url: String, order: Order?
    ) -> (id: String, json: String) {
        let id = "b-\(random.hex(20))"
        let purchase = order.map { order in
            """
            ,"order":{"id":"\(order.id)","name":"#\(order.number)"},\
            "value":{"amount":"\(order.amount)","currency":"EUR"}
            """
        }
        let json = """
            {"id":"\(id)","type":"\(type)","occurred_at":"\(Timestamp(microseconds: time * 1000))",\
            "visitor":"\(visitor)","page":{"url":"\(url)","title":"Example shop"}\(purchase ?? "")}
            """
        return (id, json)
    }

    private func browserDelivery(_ events: [(id: String, json: String)], sentAt: Int64) -> Delivery
    {
        Delivery(
            credential: .siteKey, topic: nil, deliveryID: nil,
            body: "[" + events.map(\.json).joined(separator: ",") + "]",
            expectations: events.map { .stored(id: $0.id) })
    }

    private mutating func webhook(_ topic: String, _ order: Order) -> Delivery {
        let id =
            "\(random.hex(8))-\(random.hex(4))-4\(random.hex(3))-8\(random.hex(3))-\(random.hex(12))"
        return Delivery(
            credential: .shopifySecret, topic: topic, deliveryID: id, body: order.shopifyBody,
            expectations: [.stored(id: id)])
    }

    // MARK: What goes wrong

    private mutating func badDelivery(_ visit: Int) -> Delivery {
        let order = Order(
            number: 9, cents: 100, token: "t", landing: "/", milliseconds: startMilliseconds)
        return switch visit % 40 {
        case 3: bad(#"{"type":"page_view","occurred_at":"yesterday"}"#, "unreadable time")
        case 13:
            bad(#"{"type":"purchase","value":{"amount":"1,234.50","currency":"EUR"}}"#, "money")
        case 23: bad(#"{"type":"page_view","#, "cut short")
        default:
            Delivery(
                credential: .wrongSecret, topic: "orders/create", deliveryID: "forged-\(visit)",
                body: order.shopifyBody, expectations: [.refused(reason: "forged signature")])
        }
    }

    private func bad(_ body: String, _ reason: String) -> Delivery {
        Delivery(
            credential: .siteKey, topic: nil, deliveryID: nil, body: body,
            expectations: [.refused(reason: reason)])
    }
}

extension Shop.Delivery {
    /// Whether a network might deliver it twice; a refusal twice would only be counted twice.
    var isRepeatable: Bool {
        expectations.allSatisfy { if case .stored = $0 { true } else { false } }
    }
}

import ConveyProtocol
import TestSupport

/// What is told of an order, by whom and how often.
extension World {
    mutating func order(_ names: Names, _ site: Int64) {
        let currency = random.chance(85) ? "EUR" : ["JPY", "KWD", "USD"][random.below(3)]
        if random.chance(60) { copies.append(thanks(names, site, currency)) }
        if random.chance(40) { copies.append(server(names, site, currency)) }
        guard random.chance(75) else { return }
        for version in 0...random.below(3) { report(version, names, site, currency) }
    }

    mutating func reference(_ event: inout WorldEvent, _ names: Names, _ percent: Int) {
        event.order = [
            ("id", often(names.id, percent)), ("name", often(names.name, 70)),
            ("cart_token", often(names.cart, 35)), ("checkout_token", often(names.checkout, 50)),
            ("customer_id", event.credential == .siteKey ? nil : often(names.customer, 40)),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    mutating func money(_ event: inout WorldEvent, _ currency: String) {
        let units = ["40", "60", "100", "0", "99"][random.below(5)]
        event.amount =
            switch currency {
            case "JPY": units
            case "KWD": units + ".125"
            default: units + ".00"
            }
        event.currency = random.chance(96) ? currency : "USD"
    }

    mutating func thanks(
        _ names: Names, _ site: Int64, _ currency: String
    ) -> WorldEvent {
        var event = event("purchase", site, at: names.at + Int64(random.below(3)) * 30)
        somebody(&event, names)
        reference(&event, names, 55)
        money(&event, currency)
        event.email = often(names.email, 30)
        event.isTest = random.chance(4)
        if random.chance(10) { event.clicks = [("gclid", click("gclid"))] }
        return event
    }

    mutating func server(
        _ names: Names, _ site: Int64, _ currency: String
    ) -> WorldEvent {
        var event = event(
            "purchase", site, .server, .serverKey, at: names.at + Int64(random.below(3)) * 30)
        reference(&event, names, 75)
        money(&event, currency)
        event.email = often(names.email, 50)
        event.visitor = often(names.visitor, 20)
        if random.chance(50) {
            event.order.append(("status", ["paid", "cancelled", "pending"][random.below(3)]))
        }
        if random.chance(25) { event.consent = consent() }
        return event
    }

    /// What the platform's webhooks say: an account of the order, or a refund.
    mutating func report(
        _ version: Int, _ names: Names, _ site: Int64, _ currency: String
    ) {
        let source: EventSource = site == 2 ? .woocommerce : .shopify
        let at = names.at + Int64(random.below(4)) * 3_600
        if version > 0, random.chance(35) {
            return refund(names, site, source, currency, at: at)
        }
        var event = event("purchase", site, source, .webhook, at: at)
        reference(&event, names, 85)
        money(&event, currency)
        let states =
            site == 2
            ? ["processing", "completed", "refunded", "cancelled", "on-hold"]
            : ["paid", "paid", "partially_refunded", "refunded", "voided", "pending"]
        if random.chance(90) { event.order.append(("status", states[random.below(states.count)])) }
        event.email = often(names.email, 60)
        event.phone = often(names.phone, 20)
        event.isTest = random.chance(3)
        if random.chance(20) { event.consent = consent() }
        if random.chance(15) { event.clicks = [("gclid", click("gclid"))] }
        event.data = [
            (
                "topic",
                "\"\(["orders/create", "orders/updated", "orders/cancelled"][random.below(3)])\""
            )
        ]
        if random.chance(70) { event.data.append(("created_at", quoted(names.at))) }
        if random.chance(80) { event.data.append(("updated_at", quoted(at))) }
        if random.chance(25) {
            event.data.append(("totals", "{\"current_total\":\"\(30 + random.below(3) * 30).00\"}"))
        }
        if random.chance(25) { event.data.append(("refunds", refunds(currency))) }
        copies.append(event)
    }

    private func quoted(_ seconds: Int64) -> String { "\"\(WorldEvent.time(seconds))\"" }

    mutating func refunds(_ currency: String) -> String {
        let listed = (0...random.below(2)).map { _ in
            "{\"id\":\"r\(1 + random.below(3))\",\"amount\":\"\(10 + random.below(3) * 20)\","
                + "\"currency\":\"\(random.chance(90) ? currency : "USD")\"}"
        }
        return "[\(listed.joined(separator: ","))]"
    }

    mutating func refund(
        _ names: Names, _ site: Int64, _ source: EventSource, _ currency: String, at: Int64
    ) {
        let isServer = random.chance(20)
        var event = event(
            "refund", site, isServer ? .server : source, isServer ? .serverKey : .webhook, at: at)
        reference(&event, names, 85)
        if random.chance(85) { money(&event, currency) }
        event.data = [("topic", "\"refunds/create\"")]
        if random.chance(80) { event.data.append(("refund_id", "\"r\(1 + random.below(3))\"")) }
        if random.chance(30) { event.data.append(("updated_at", quoted(at + 60))) }
        copies.append(event)
    }

    /// A stranger names an order's number, to take its credit or to spoil it.
    mutating func claim(_ names: Names, _ site: Int64) {
        var claim = event(random.chance(80) ? "purchase" : "refund", site, at: names.at - 900)
        claim.visitor = "v\(6 + random.below(2))"
        claim.session = "s\(6 + random.below(2))"
        claim.order = [
            ("id", random.chance(60) ? names.id : nil),
            ("name", random.chance(60) ? names.name : nil),
            ("checkout_token", random.chance(20) ? "checkout-\(6 + random.below(2))" : nil),
            ("status", random.chance(30) ? "cancelled" : nil),
        ].compactMap { name, value in value.map { (name, $0) } }
        money(&claim, "EUR")
        claim.clicks = random.chance(50) ? [("gclid", click("gclid"))] : []
        claim.isTest = random.chance(20)
        copies.append(claim)
    }

    mutating func buyNothingNamed(_ site: Int64) {
        var purchase = event("purchase", site, at: Int64(random.below(40)) * 21_600)
        somebody(&purchase, Self.names(1 + random.below(3), at: purchase.occurredAt))
        money(&purchase, "EUR")
        copies.append(purchase)
    }
}

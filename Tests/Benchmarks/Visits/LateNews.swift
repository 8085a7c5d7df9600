import Time

/// Single events of people who are known already.
extension ShopVisits {
    /// Somebody who came back so often, each time by another ad, and bought at last.
    struct Regular {
        let lines: [Told]
        let order: Message
    }

    /// - Parameter facts: how many facts the person has then, the order's two among them.
    mutating func regular(facts: Int, number: Int, at time: Timestamp) -> Regular {
        let visitor = hex(16)
        var lines = (0..<facts - 2).map { place in
            let visit = Visit(
                visitor: visitor, session: hex(12), landing: nil, views: 0, buys: nil,
                hasCart: false)
            return page(
                "page_view", of: visit, from: ad(), time - .seconds(60 * (facts - place)))
        }
        let visit = Visit(
            visitor: visitor, session: hex(12), landing: nil, views: 0, buys: nil, hasCart: false)
        let order = Purchase(number: number, customer: number, cents: 4_995)
        let message = Message(
            due: 0, order: order, visit: visit, topic: "orders/create",
            placedAt: time - VisitLine.age)
        lines.append(thanks(order, of: visit, time))
        lines.append(webhook(message, time))
        return Regular(lines: lines, order: message)
    }

    /// The shop changed the order.
    mutating func change(of message: Message, at time: Timestamp) -> Told {
        var order = message.order
        order.cents += 100
        return webhook(
            Message(
                due: 0, order: order, visit: message.visit, topic: "orders/updated",
                placedAt: message.placedAt), time)
    }

    /// An ad click of the buyer's, some hours before the order, comes to light.
    mutating func lateClick(of message: Message, at time: Timestamp) -> Told {
        let visit = Visit(
            visitor: message.visit.visitor, session: hex(12), landing: nil, views: 0, buys: nil,
            hasCart: false)
        return page("page_view", of: visit, from: ad(), time - .seconds(10_800))
    }
}

import Time

/// Tells stories as the requests that they cause, and notes how their orders must end.
///
/// Everything lies in the past: visits days before `now`, orders 8 hours and more before it, since a
/// platform takes no younger clicks.
struct Storyteller {
    /// A request, and how many chapters after the story's own it is made.
    struct Scene {
        enum Delay: Equatable {
            case chapters(Int)
            case afterwards
        }
        let delay: Delay
        let delivery: Shop.Delivery
    }

    var random: SeededGenerator
    let now: Timestamp
    /// Whether the shop sends clicks, without personal data, of those who never answered its banner.
    let sendsUnknownClicks: Bool
    private var nextNumber: Int
    private(set) var scenes: [Scene] = []
    private(set) var endings: [OrderEnding] = []
    /// Ids of clicks that the platform does not know.
    var foreignClicks: [String] = []

    init(seed: UInt64, now: Timestamp, firstOrder: Int, sendsUnknownClicks: Bool) {
        random = SeededGenerator(seed: seed)
        self.now = now
        self.sendsUnknownClicks = sendsUnknownClicks
        nextNumber = firstOrder
    }

    /// Hands over what was told so far.
    mutating func takeScenes() -> [Scene] {
        defer { scenes = [] }
        return scenes
    }

    // MARK: Time

    /// When an order is placed: 9 to 40 hours ago.
    mutating func orderTime() -> Timestamp {
        now - .seconds(9 * 3600) - milliseconds(below: 31 * 3_600_000)
    }

    /// Some days and odd hours before.
    mutating func days(_ count: Int, before time: Timestamp) -> Timestamp {
        time - .seconds(count * 86_400) - milliseconds(below: 8 * 3_600_000)
    }

    mutating func milliseconds(below bound: Int) -> Duration { .milliseconds(random.below(bound)) }

    // MARK: People

    mutating func visitor(_ consent: PageEvent.Consent? = .granted) -> Visitor {
        Visitor(id: "v-\(random.hex(12))", consent: consent)
    }

    mutating func newSession() -> String { "s-\(random.hex(10))" }

    /// A paid order, not yet told of.
    mutating func order(at time: Timestamp, landing: Landing? = nil, customer: Int? = nil) -> Order
    {
        defer { nextNumber += 1 }
        var order = Order(
            number: nextNumber, customer: customer ?? nextNumber, createdAt: time, updatedAt: time,
            cents: 1_000 + random.below(20_000))
        order.cartToken = "c\(random.hex(24))"
        order.checkoutToken = random.hex(32)
        order.landing = landing
        return order
    }

    // MARK: Requests

    /// A page view, a product, and what else somebody does, sent together at the end.
    mutating func visit(
        _ visitor: Visitor, from landing: Landing, at start: Timestamp, session: String,
        further: [PageEvent] = [], delay: Scene.Delay = .chapters(0)
    ) {
        var first = PageEvent("page_view", at: start)
        first.url = landing.url
        first.referrer = landing.referrer
        var second = PageEvent("view_item", at: start + .seconds(20))
        second.url = "\(Landing.home)/products/lamp-\(random.below(7))"
        second.referrer = landing.url
        browser([first, second] + further, visitor, session, delay)
    }

    /// What the page tells in one request; an event without an answer of its own has the visitor's.
    mutating func browser(
        _ events: [PageEvent], _ visitor: Visitor, _ session: String,
        _ delay: Scene.Delay = .chapters(0)
    ) {
        var told: [(id: String, json: String)] = []
        for var event in events {
            let id = "b-\(random.hex(20))"
            event.consent = event.consent ?? visitor.consent
            told.append((id, event.json(id: id, of: visitor, session: session)))
        }
        let body = "[" + told.map(\.json).joined(separator: ",") + "]"
        add(
            Shop.Delivery(
                credential: .siteKey, body: body, expectations: told.map { .stored(id: $0.id) },
                clockError: visitor.clockError), delay)
    }

    mutating func webhook(_ topic: String, _ body: String, delay: Scene.Delay = .chapters(0)) {
        let id =
            "\(random.hex(8))-\(random.hex(4))-4\(random.hex(3))-8\(random.hex(3))-\(random.hex(12))"
        add(
            Shop.Delivery(
                credential: .webhookSecret, topic: topic, deliveryID: id, body: body,
                expectations: [.stored(id: id)]), delay)
    }

    mutating func add(_ delivery: Shop.Delivery, _ delay: Scene.Delay = .chapters(0)) {
        scenes.append(Scene(delay: delay, delivery: delivery))
    }

    // MARK: Endings

    /// Notes how an order ends that counts.
    mutating func ends(
        _ story: Story, _ order: Order, _ consent: PageEvent.Consent?, click: Landing? = nil
    ) {
        let micros = order.restMicros
        let isSent = consent == .granted || isUnknown(consent) && click?.click != nil
        let isSentAtAll = isSent && (isUnknown(consent) ? sendsUnknownClicks : true)
        ends(
            story, order, micros > 0 ? .counted(micros: micros) : .withdrawn,
            isSentAtAll ? .holds(micros: micros) : .nothing, click: isSentAtAll ? click : nil)
    }

    mutating func ends(
        _ story: Story, _ order: Order, _ conversion: OrderEnding.Conversion,
        _ platform: OrderEnding.Platform, click: Landing? = nil
    ) {
        endings.append(
            OrderEnding(
                story: story, orderID: order.id, orderName: String(order.number),
                conversion: conversion, platform: platform, click: click?.click))
    }

    private func isUnknown(_ consent: PageEvent.Consent?) -> Bool {
        consent == nil || consent == .unknown
    }
}

// MARK: What most stories are made of

extension Storyteller {
    /// What the thank-you page says of an order.
    func purchase(_ order: Order, at time: Timestamp? = nil, isNameOnly: Bool = false) -> PageEvent
    {
        var event = PageEvent("purchase", at: time ?? order.createdAt)
        event.url = "\(Landing.home)/thank_you"
        event.order =
            isNameOnly
            ? ##"{"name":"#\##(order.number)"}"##
            : """
            {"id":"\(order.id)","name":"#\(order.number)",\
            "checkout_token":"\(order.checkoutToken ?? "")"}
            """
        event.value = #"{"amount":"\#(Order.amount(order.cents))","currency":"EUR"}"#
        return event
    }

    /// Something is put into the cart that will be this order.
    func cart(_ order: Order, before: Duration = .seconds(180)) -> PageEvent {
        var event = PageEvent("add_to_cart", at: order.createdAt - before)
        event.order = #"{"cart_token":"\#(order.cartToken ?? "")"}"#
        return event
    }

    /// The step before: page and shop know cart and checkout.
    func checkout(_ order: Order) -> PageEvent {
        var event = PageEvent("begin_checkout", at: order.createdAt - .seconds(90))
        event.url = "\(Landing.home)/checkout"
        event.order =
            """
            {"cart_token":"\(order.cartToken ?? "")",\
            "checkout_token":"\(order.checkoutToken ?? "")"}
            """
        return event
    }

    /// The visit in which somebody buys, told by the browser only.
    mutating func buying(
        _ visitor: Visitor, _ order: Order, from landing: Landing = .direct,
        delay: Scene.Delay = .chapters(0)
    ) {
        let session = newSession()
        visit(
            visitor, from: landing, at: order.createdAt - .seconds(300), session: session,
            further: [cart(order), checkout(order)], delay: delay)
        browser([purchase(order)], visitor, session, delay)
    }

    /// What the shop's webhooks tell of a paid order.
    mutating func webhooks(_ order: Order, delay: Scene.Delay = .chapters(0)) {
        webhook("orders/create", order.body, delay: delay)
        var paid = order
        paid.updatedAt = order.createdAt + .seconds(2)
        webhook("orders/paid", paid.body, delay: delay)
    }

    /// Tells what went back, by a webhook of its own and by the order's new version.
    mutating func refund(
        _ order: inout Order, cents: Int, after wait: Duration, delay: Scene.Delay = .chapters(0)
    ) {
        let refund = order.refund(cents: cents, at: order.createdAt + wait)
        webhook("refunds/create", order.body(of: refund), delay: delay)
        webhook("orders/updated", order.body, delay: delay)
    }
}

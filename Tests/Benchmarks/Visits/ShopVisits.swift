import ConveyProtocol
import Stage
import Time

/// Visitors of one shop, thousands at a time: they land by ads, campaigns, links or nothing, look
/// around, some fill a cart, some buy; then the browser says so, and a second or so later the shop's
/// webhook does. A quarter comes again; some buy again from another device. The same for the same seed.
struct ShopVisits {
    /// An event, and the order that it is of.
    struct Told {
        let line: [UInt8]
        let lane: Lane
        let order: String?
        /// Whether the platform itself speaks.
        let isWebhook: Bool
    }

    struct Visit {
        let visitor: String
        let session: String
        var landing: Landing?
        /// Pages to look at before it ends, or goes to the cart.
        var views: Int
        var buys: Purchase?
        var hasCart: Bool
    }

    /// How somebody came.
    struct Landing {
        var click: String?
        var utm: (source: String, medium: String, campaign: String)?
        var referrer: String?
    }

    struct Purchase {
        let number: Int
        let customer: Int
        var cents: Int
        var steps = 0
    }

    /// What the webhook will tell.
    struct Message {
        let due: Int
        let order: Purchase
        let visit: Visit
        let topic: String
        let placedAt: Timestamp
    }

    private let site: String
    private var random: SeededGenerator
    private var visits: [Visit] = []
    private var known: [String] = []
    private var customers = 0
    private var orders: Int
    private var told = 0
    private var messages: [Message] = []
    /// Some of the orders that the webhook has told of, evenly drawn from all.
    private(set) var finished: [Message] = []
    private var finishedEver = 0

    /// Visits that go on at the same time.
    private static let width = 6_000

    /// - Parameter firstOrder: shops of one bench have orders of their own.
    init(site: String, seed: UInt64, firstOrder: Int) {
        (self.site, orders) = (site, firstOrder)
        random = SeededGenerator(seed: seed)
        for _ in 0..<Self.width {
            var visit = makeVisit()
            // At the start they are everywhere in their visits.
            if random.chance(0.8) { visit.landing = nil }
            visit.views = random.below(visit.views + 1)
            visits.append(visit)
        }
    }

    /// What happens next.
    mutating func next(receivedAt: Timestamp) -> Told {
        told += 1
        if let message = messages.first, message.due <= told {
            messages.removeFirst()
            keep(message)
            return webhook(message, receivedAt)
        }
        let place = random.below(visits.count)
        return advance(place, receivedAt)
    }

    // MARK: Visits

    private mutating func makeVisit() -> Visit {
        let isBack = !known.isEmpty && random.chance(0.25)
        let visitor = isBack ? known[random.below(known.count)] : hex(16)
        if !isBack { remember(visitor) }
        let hasCart = random.chance(0.22)
        var visit = Visit(
            visitor: visitor, session: hex(12), landing: landing(), views: 1 + random.below(11),
            buys: nil, hasCart: hasCart)
        if hasCart, random.chance(0.4) {
            orders += 1
            visit.buys = Purchase(
                number: orders, customer: customer(of: visitor),
                cents: 1_000 + random.below(20_000))
        }
        return visit
    }

    private mutating func remember(_ visitor: String) {
        if known.count < 20_000 {
            known.append(visitor)
        } else {
            known[random.below(known.count)] = visitor
        }
    }

    /// A customer of this browser, or one who bought from another before.
    private mutating func customer(of visitor: String) -> Int {
        if customers > 0, random.chance(0.2) { return random.below(customers) }
        customers += 1
        return customers - 1
    }

    mutating func ad() -> Landing {
        Landing(
            click: "Cj0KCQ\(hex(16))\(hex(16))\(hex(16))\(hex(12))_wcB",
            utm: random.chance(0.5) ? ("google", "cpc", "spring") : nil,
            referrer: "https://www.google.com/")
    }

    private mutating func landing() -> Landing? {
        switch random.below(10) {
        case 0..<3: ad()
        case 3..<4: Landing(utm: ("newsletter", "email", "week-\(random.below(52))"))
        case 4..<6: Landing(referrer: "https://duckduckgo.com/")
        default: nil
        }
    }

    private mutating func advance(_ place: Int, _ time: Timestamp) -> Told {
        var visit = visits[place]
        defer { visits[place] = visit }
        if let landing = visit.landing {
            visit.landing = nil
            return page("page_view", of: visit, from: landing, time)
        }
        if visit.views > 0 {
            visit.views -= 1
            return page(random.chance(0.2) ? "view_item" : "page_view", of: visit, time)
        }
        if visit.hasCart {
            visit.hasCart = false
            return cart("add_to_cart", of: visit, time)
        }
        if var order = visit.buys {
            order.steps += 1
            visit.buys = order
            if order.steps == 1 { return cart("begin_checkout", of: visit, time) }
            defer { visit = makeVisit() }
            announce(order, of: visit, time)
            if random.chance(0.85) { return thanks(order, of: visit, time) }
        } else {
            visit = makeVisit()
        }
        return page("page_view", of: visit, time)
    }

    /// Webhooks come 0.1 to 1.5 s later at 2,500 events a second; some orders change afterwards.
    private mutating func announce(_ order: Purchase, of visit: Visit, _ time: Timestamp) {
        let due = told + 250 + random.below(3_500)
        var coming = [("orders/create", due)]
        if random.chance(0.1) { coming.append(("orders/updated", due + 2_500)) }
        for (topic, due) in coming {
            let message = Message(
                due: due, order: order, visit: visit, topic: topic, placedAt: time - VisitLine.age)
            let place = messages.firstIndex { $0.due > due } ?? messages.count
            messages.insert(message, at: place)
        }
    }

    private mutating func keep(_ message: Message) {
        finishedEver += 1
        if finished.count < 5_000 {
            finished.append(message)
        } else if random.below(finishedEver) < finished.count {
            finished[random.below(finished.count)] = message
        }
    }

    // MARK: Events

    mutating func page(
        _ type: String, of visit: Visit, from landing: Landing? = nil, _ time: Timestamp
    ) -> Told {
        var line = line(type, of: visit, time)
        let product = random.below(400)
        let inside = "https://shop.example.com/collections/lamps-\(product / 9)"
        let referrer = landing == nil ? inside : landing?.referrer
        let from = referrer.map { #","referrer":"\#($0)""# } ?? ""
        line.add(
            "page",
            #"{"url":"https://shop.example.com/products/lamp-\#(product)","#
                + #""title":"Lamp \#(product)"\#(from)}"#)
        addClient(to: &line)
        line.isLanding = landing != nil
        if let click = landing?.click { line.add("click", #"{"gclid":"\#(click)"}"#) }
        if let (source, medium, campaign) = landing?.utm {
            line.add(
                "utm",
                #"{"source":"\#(source)","medium":"\#(medium)","campaign":"\#(campaign)"}"#)
        }
        line.add("consent", Self.consent)
        if type == "view_item" { line.add("items", "[\(item(product, 1_999))]") }
        return told(line)
    }

    private mutating func cart(_ type: String, of visit: Visit, _ time: Timestamp) -> Told {
        var line = line(type, of: visit, time)
        line.add("page", #"{"url":"https://shop.example.com/cart","title":"Cart"}"#)
        addClient(to: &line)
        line.add("consent", Self.consent)
        if let order = visit.buys {
            let checkout =
                type == "begin_checkout" ? #","checkout_token":"ct-\#(order.number)""# : ""
            line.add("order", #"{"cart_token":"cart-\#(order.number)"\#(checkout)}"#)
        }
        line.add("items", "[\(item(random.below(400), 1_999))]")
        return told(line)
    }

    mutating func thanks(_ order: Purchase, of visit: Visit, _ time: Timestamp) -> Told {
        var line = line("purchase", of: visit, time)
        line.add("page", #"{"url":"https://shop.example.com/thanks","title":"Thank you"}"#)
        addClient(to: &line)
        line.add("consent", Self.consent)
        line.add(
            "order",
            #"{"id":"\#(Self.id(order))","name":"\#(order.number)","#
                + #""checkout_token":"ct-\#(order.number)"}"#)
        line.add("value", Self.value(order))
        line.add("items", "[\(item(order.number % 400, order.cents))]")
        return told(line, of: order)
    }

    mutating func webhook(_ message: Message, _ time: Timestamp) -> Told {
        let order = message.order
        var line = VisitLine("purchase", receivedAt: time)
        line.origin = (.shopify, .webhook)
        let hash = Self.hash(order.customer)
        line.add(
            "user",
            #"{"external_id":"\#(7_000_000 + order.customer)","email_sha256":"\#(hash)","#
                + #""email_sha256_google":"\#(hash)","country":"DE"}"#)
        line.add(
            "order",
            #"{"id":"\#(Self.id(order))","name":"\#(order.number)","#
                + #""cart_token":"cart-\#(order.number)","checkout_token":"ct-\#(order.number)","#
                + #""customer_id":"\#(7_000_000 + order.customer)","status":"paid"}"#)
        line.add("value", Self.value(order))
        line.add("items", "[\(item(order.number % 400, order.cents))]")
        line.add(
            "data",
            #"{"topic":"\#(message.topic)","created_at":"\#(message.placedAt)","#
                + #""processed_at":"\#(message.placedAt)","updated_at":"\#(time - VisitLine.age)","#
                + #""totals":{"current_total":"\#(Self.amount(order.cents))"}}"#)
        return told(line, of: order)
    }

    private func line(_ type: String, of visit: Visit, _ time: Timestamp) -> VisitLine {
        var line = VisitLine(type, receivedAt: time)
        line.add("visitor", text: visit.visitor)
        line.add("session", text: visit.session)
        return line
    }

    private mutating func told(_ line: VisitLine, of order: Purchase? = nil) -> Told {
        Told(
            line: line.bytes(id: id(at: line.receivedAt), site: site), lane: line.lane,
            order: order.map { "id:\(Self.id($0))" }, isWebhook: line.origin.source == .shopify)
    }

    // MARK: Values

    private func addClient(to line: inout VisitLine) {
        line.add(
            "client",
            #"{"user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "#
                + #"Firefox/128.0","language":"de-DE"}"#)
    }

    private static let consent =
        #"{"analytics":"granted","ad_user_data":"granted","ad_personalization":"denied"}"#

    private func item(_ product: Int, _ cents: Int) -> String {
        #"{"id":"\#(product)","sku":"LAMP-\#(product)","title":"Lamp \#(product)","quantity":1,"#
            + #""price":"\#(Self.amount(cents))"}"#
    }

    private static func id(_ order: Purchase) -> String { "\(5_000_000_000_000 + order.number)" }

    private static func value(_ order: Purchase) -> String {
        #"{"amount":"\#(amount(order.cents))","currency":"EUR"}"#
    }

    private static func amount(_ cents: Int) -> String {
        "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    /// 64 hexadecimal digits, one's own for each customer.
    private static func hash(_ customer: Int) -> String {
        let digits = String(customer, radix: 16)
        return String(repeating: "e", count: 64 - digits.count) + digits
    }

    mutating func hex(_ count: Int) -> String {
        let digits = String(random.next() | 1 << 63, radix: 16)
        return String(digits.prefix(count))
    }

    /// A UUIDv7, as browsers and collectors make them.
    private mutating func id(at time: Timestamp) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        var high = UInt64(time.milliseconds) << 16 | 0x7000 | random.next() & 0x0FFF
        var low = random.next() >> 2 | 0x8000_0000_0000_0000
        for index in (0..<8).reversed() {
            bytes[index] = UInt8(truncatingIfNeeded: high)
            bytes[index + 8] = UInt8(truncatingIfNeeded: low)
            (high, low) = (high >> 8, low >> 8)
        }
        return Identifier<EventID>(bytes: bytes)?.description ?? Samples.id
    }
}

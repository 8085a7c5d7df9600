import Foundation
import TestSupport
import Time

/// The life of one order, from its first webhook to its last, and what the platform must hold of it
/// then. The shop goes by what it did and by the platform's record, never by the aggregator's word.
struct Life: Sendable {
    /// What is special about an order.
    enum Kind: CaseIterable, Sendable {
        /// Bought after an ad; then any edits, refunds and cancellations.
        case usual
        /// All of the money went back before anybody heard of the order.
        case takenBack
        /// The shopper said no.
        case denied
        /// The shopper never answered.
        case unanswered
        /// The shopper said yes, and no later.
        case deniedLater
        /// Its click id was cut off on the way.
        case poisoned
        /// Clicked too short a time ago.
        case fresh
        /// The merchant tries the checkout.
        case test
        /// Only the browser tells of it.
        case unconfirmed

        static func draw(by random: inout SeededRandom) -> Kind {
            let number = Int.random(in: 0..<100, using: &random)
            return switch number {
            case 0..<3: .takenBack
            case 3..<6: .denied
            case 6..<9: .unanswered
            case 9..<14: .deniedLater
            case 14..<20: .poisoned
            case 20..<22: .fresh
            case 22..<24: .test
            case 24..<26: .unconfirmed
            default: .usual
            }
        }

        /// Whether the platform will hold it for certain, as long as it is not taken back.
        var isSent: Bool { self == .usual }

        /// Whether the platform hears of it for certain before its last chapter.
        var isHeardOf: Bool { [.usual, .deniedLater].contains(self) }
    }

    /// What the platform must hold in the end, at one destination.
    enum Expected: Hashable, Sendable {
        case absent
        case value(Int64)
        /// It was taken back when nobody could know whether it had been sent.
        case zeroOrAbsent
        /// The shopper said no when nobody could know how far it was: what was sent stays.
        case anyOrAbsent
    }

    /// How an order ended.
    struct Ending: Sendable {
        let kind: Kind
        let shop: Int
        let orderID: String
        let number: Int
        let click: String?
        /// Every value that the shop told, the first first.
        let values: [Int64]
        /// By conversion action.
        let expected: [String: Expected]
    }

    let kind: Kind
    let shop: Int
    private var order: SiegeOrder
    private var random: SeededRandom
    private let siege: Siege
    private var expected: [String: Expected] = [:]

    init(_ number: Int, in siege: Siege, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        kind = Kind.draw(by: &random)
        // Both shops give the same numbers, and the shop's id keeps them apart.
        shop = number % 2
        order = Self.order(number / 2 + 1001, kind, by: &random)
        (self.random, self.siege) = (random, siege)
    }

    private static func order(
        _ number: Int, _ kind: Kind, by random: inout SeededRandom
    ) -> SiegeOrder {
        let age: Duration =
            kind == .fresh
            ? .seconds(3600) : .seconds(Int.random(in: 9 * 3600...40 * 3600, using: &random))
        let at = SystemClock().now().roundedDownToMilliseconds - age
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
        let length = kind == .poisoned ? 24 : 60
        let click = String((0..<length).compactMap { _ in letters.randomElement(using: &random) })
        let consent: String? =
            switch kind {
            case .denied: "denied"
            case .unanswered: nil
            default: "granted"
            }
        var order = SiegeOrder(
            number: number, at: at, click: click, consent: consent,
            cents: Int.random(in: 2_000...40_000, using: &random))
        order.isTest = kind == .test
        return order
    }

    /// Lives it.
    /// - Returns: how it ended; nil where the siege was over before.
    mutating func run() async throws -> Ending {
        if kind == .unconfirmed {
            try await browse()
        } else if kind == .takenBack {
            let first = order
            order.refund(isFull: true, by: &random)
            try await tell()
            try await tell(first.body, "orders/create")
        } else {
            try await begin()
            try await goOn()
        }
        for action in siege.actions where expected[action] == nil {
            expected[action] = kind.isSent ? .value(order.valueMicros) : .absent
        }
        return Ending(
            kind: kind, shop: shop, orderID: order.id, number: order.number, click: order.click,
            values: order.values, expected: expected)
    }

    private mutating func begin() async throws {
        let isBrowsing = kind == .usual && Int.random(in: 0..<4, using: &random) == 0
        let isBrowserFirst = Bool.random(using: &random)
        if isBrowsing, isBrowserFirst { try await browse() }
        try await tell(order.body, "orders/create")
        if Bool.random(using: &random) { try await tell(order.body, "orders/paid") }
        if isBrowsing, !isBrowserFirst { try await browse() }
    }

    /// Edits and partial refunds, and what ends an order now and then.
    private mutating func goOn() async throws {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            try await pause()
            let before = order
            if Bool.random(using: &random), order.restCents > 1_000 {
                order.refund(isFull: false, by: &random)
            } else {
                order.edit(by: &random)
            }
            try await tell()
            // The network may turn webhooks round: an older state comes after a newer one.
            if Int.random(in: 0..<5, using: &random) == 0 {
                try await tell(before.body, "orders/updated")
            }
        }
        switch Int.random(in: 0..<10, using: &random) {
        case _ where kind == .deniedLater: try await deny()
        case 0, 1: try await takeBack { $0.refund(isFull: true, by: &$1) }
        case 2: try await takeBack { order, _ in order.cancel() }
        default: break
        }
    }

    private mutating func takeBack(
        _ change: (inout SiegeOrder, inout SeededRandom) -> Void
    ) async throws {
        try await pause()
        let known = kind.isSent ? siege.record.actions(holding: transactionID) : []
        change(&order, &random)
        for action in siege.actions where kind.isSent {
            expected[action] = known.contains(action) ? .value(0) : .zeroOrAbsent
        }
        try await tell()
    }

    private mutating func deny() async throws {
        try await pause()
        order.answer("denied")
        for action in siege.actions { expected[action] = .anyOrAbsent }
        try await tell()
    }

    // MARK: Waiting

    private var transactionID: String { siege.transactionID(of: order.id, shop: shop) }

    /// Nothing, a few answers of others, or until the platform has heard of the order, or its newest
    /// value.
    private mutating func pause() async throws {
        let (id, value, actions) = (transactionID, order.valueMicros, siege.actions)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return
        case 1: try await siege.progress.more(Int.random(in: 1...200, using: &random))
        case 2 where kind.isHeardOf:
            try await siege.wait { !$0.actions(holding: id).isEmpty }
        case 3 where kind.isHeardOf:
            try await siege.wait { record in
                actions.allSatisfy { record.values(of: id, at: $0).last == value }
            }
        case _ where kind.isHeardOf:
            try await siege.wait { $0.actions(holding: id).count == actions.count }
        default: return
        }
    }

    // MARK: Telling

    /// The order as it is now; a refund has a webhook of its own, before or after it.
    private mutating func tell() async throws {
        var webhooks = [(order.body, "orders/updated")]
        if let refund = order.refundBody { webhooks.append((refund, "refunds/create")) }
        for (body, topic) in webhooks.shuffled(using: &random) { try await tell(body, topic) }
    }

    private mutating func tell(_ body: String, _ topic: String) async throws {
        let id = String(random.next(), radix: 16) + "-" + String(random.next(), radix: 16)
        try await siege.webhook(topic, body, id: id, shop: shop)
        // A shop that heard no answer tells again.
        if Int.random(in: 0..<20, using: &random) == 0 {
            try await siege.webhook(topic, body, id: id, shop: shop)
        }
    }

    private func browse() async throws {
        try await siege.browser(order.browserBody(sentAt: SystemClock().now()), shop: shop)
    }
}

import Foundation
import TestSupport
import Time

/// An order of a besieged shop at one time of its life, and every value that it ever had.
struct SiegeOrder: Sendable {
    let number: Int
    let createdAt: Timestamp
    /// As Google knows it; nil for an order that no ad led to.
    let click: String?
    /// As the theme wrote it into the cart; nil where nobody was asked.
    var consent: String?
    var isTest = false
    private(set) var updatedAt: Timestamp
    private(set) var cents: Int
    private(set) var status = "paid"
    private(set) var isCancelled = false
    private var refunds: [Refund] = []
    /// In micros, the first first; no value stands here twice.
    private(set) var values: [Int64]

    private struct Refund {
        let id: Int64
        let cents: Int
        let at: Timestamp
    }

    init(number: Int, at time: Timestamp, click: String?, consent: String?, cents: Int) {
        (self.number, createdAt, updatedAt) = (number, time, time)
        (self.click, self.consent, self.cents) = (click, consent, cents)
        values = [Int64(cents) * 10_000]
    }

    var id: String { String(5_000_000_000_000 + number) }
    var checkoutToken: String { "checkout-\(number)" }
    var restCents: Int { cents - refunds.reduce(0) { $0 + $1.cents } }
    var valueMicros: Int64 { isCancelled ? 0 : Int64(restCents) * 10_000 }

    // MARK: What happens to it

    /// Something is put in or taken out.
    mutating func edit(by random: inout SeededRandom) {
        repeat {
            cents = max(cents + Int.random(in: -400...900, using: &random), 600 + cents - restCents)
        } while values.contains(valueMicros)
        touch()
    }

    /// Part of the money goes back, or all that is left.
    mutating func refund(isFull: Bool, by random: inout SeededRandom) {
        var part = restCents
        while !isFull, part == restCents || values.contains(Int64(restCents - part) * 10_000) {
            part = Int.random(in: 1..<restCents, using: &random)
        }
        touch()
        refunds.append(
            Refund(
                id: Int64(number) * 100 + Int64(refunds.count), cents: part, at: updatedAt))
        status = restCents > 0 ? "partially_refunded" : "refunded"
        touch(by: .zero)
    }

    mutating func cancel() {
        isCancelled = true
        touch()
    }

    /// The shop says anew how the shopper answered; nothing else changes.
    mutating func answer(_ consent: String) {
        self.consent = consent
        touch()
    }

    private mutating func touch(by step: Duration = .seconds(60)) {
        updatedAt = updatedAt + step
        if values.last != valueMicros { values.append(valueMicros) }
    }

    // MARK: What the shop says of it

    /// The body of Shopify's order topics, cut down to the members that matter.
    var body: String {
        """
        {"id":\(id),"name":"#\(number)","order_number":\(number),"test":\(isTest),\
        "created_at":"\(createdAt)","processed_at":"\(createdAt)","updated_at":"\(updatedAt)",\
        "cancelled_at":\(isCancelled ? "\"\(updatedAt)\"" : "null"),\
        "financial_status":"\(status)","currency":"EUR",\
        "total_price":"\(Self.amount(cents))","current_total_price":"\(Self.amount(restCents))",\
        "email":"buyer\(number)@example.com","checkout_token":"\(checkoutToken)",\
        "landing_site":"/?\(click.map { "gclid=\($0)" } ?? "")","source_name":"web",\
        "note_attributes":[\(consentAttribute)],\
        "line_items":[{"id":\(number),"product_id":1,"variant_id":1,"sku":"LAMP","title":"Lamp",\
        "quantity":1,"price":"\(Self.amount(cents))"}],\
        "refunds":[\(refunds.map(body).joined(separator: ","))]}
        """
    }

    /// The body of `refunds/create` of its newest refund.
    var refundBody: String? { refunds.last.map(body) }

    private func body(of refund: Refund) -> String {
        """
        {"id":\(refund.id),"order_id":\(id),"created_at":"\(refund.at)",\
        "processed_at":"\(refund.at)","refund_line_items":[],\
        "transactions":[{"id":\(refund.id),"kind":"refund","status":"success",\
        "amount":"\(Self.amount(refund.cents))","currency":"EUR"}]}
        """
    }

    private var consentAttribute: String {
        guard let consent else { return "" }
        return """
            {"name":"_convey_consent","value":"analytics=\(consent);ad_user_data=\(consent);\
            ad_personalization=\(consent)"}
            """
    }

    /// What the browser told: a visit from the ad, then the purchase.
    func browserBody(sentAt now: Timestamp) -> String {
        let shared = """
            "sent_at":"\(now)","visitor":"v-\(number)","session":"s-\(number)",\
            "consent":{"analytics":"granted","ad_user_data":"granted","ad_personalization":"granted"}
            """
        return """
            [{"id":"visit-\(number)","type":"page_view","occurred_at":"\(createdAt - .seconds(600))",\
            \(shared),"page":{"url":"https://shop.example.com/?gclid=\(click ?? "")"}},\
            {"id":"bought-\(number)","type":"purchase","occurred_at":"\(createdAt)",\(shared),\
            "page":{"url":"https://shop.example.com/thank_you"},\
            "order":{"id":"\(id)","name":"#\(number)","checkout_token":"\(checkoutToken)"},\
            "value":{"amount":"\(Self.amount(Int(values[0] / 10_000)))","currency":"EUR"}}]
            """
    }

    private static func amount(_ cents: Int) -> String {
        "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}

import Time

/// An order of the imaginary shop, as its webhooks tell of it at one time of its life.
struct Order: Sendable {
    let number: Int
    /// Whose: makes address, telephone number and the shop's customer id.
    let customer: Int
    let createdAt: Timestamp
    var updatedAt: Timestamp
    var cents: Int
    var status = "paid"
    var isTest = false
    var cancelledAt: Timestamp?
    var cartToken: String?
    var checkoutToken: String?
    /// Where the visit began, as far as the shop knows.
    var landing: Landing?
    /// What the theme wrote into the cart.
    var attributes: [(name: String, value: String)] = []
    var refunds: [Refund] = []

    struct Refund: Sendable {
        let id: Int64
        let cents: Int
        let at: Timestamp
    }

    var id: String { String(5_000_000_000_000 + Int64(number)) }
    var email: String { "buyer\(customer)@example.com" }
    var restCents: Int { cents - refunds.reduce(0) { $0 + $1.cents } }
    var restMicros: Int64 { Int64(restCents) * 10_000 }

    static func amount(_ cents: Int) -> String {
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Gives money back, and changes the order's state by what is left.
    mutating func refund(cents: Int, at time: Timestamp) -> Refund {
        let refund = Refund(
            id: 900_000_000_000 + Int64(number) * 10 + Int64(refunds.count), cents: cents, at: time)
        refunds.append(refund)
        status = restCents > 0 ? "partially_refunded" : "refunded"
        updatedAt = time
        return refund
    }
}

// MARK: Bodies

extension Order {
    /// The body of Shopify's order topics, cut down to the members that matter (API version 2026-04).
    var body: String {
        """
        {"id":\(id),"admin_graphql_api_id":"gid://shopify/Order/\(id)","name":"#\(number)",\
        "order_number":\(number),"test":\(isTest),"confirmed":true,"created_at":"\(createdAt)",\
        "processed_at":"\(createdAt)","updated_at":"\(updatedAt)",\
        "cancelled_at":\(Self.text(cancelledAt?.description)),\
        "cancel_reason":\(cancelledAt == nil ? "null" : "\"customer\""),\
        "financial_status":"\(status)","currency":"EUR","presentment_currency":"EUR",\
        "total_price":"\(Self.amount(cents))","subtotal_price":"\(Self.amount(cents))",\
        "current_total_price":"\(Self.amount(restCents))","total_tax":"0.00",\
        "total_discounts":"0.00",\(person),"cart_token":\(Self.text(cartToken)),\
        "checkout_token":\(Self.text(checkoutToken)),\(visit),"source_name":"web",\
        "note_attributes":[\(attributes.map(Self.attribute).joined(separator: ","))],\
        "line_items":[{"id":\(number),"product_id":\(number % 7),"variant_id":\(number % 3),\
        "sku":"LAMP-\(number % 7)","title":"Lamp","quantity":1,"price":"\(Self.amount(cents))"}],\
        "refunds":[\(refunds.map(body).joined(separator: ","))]}
        """
    }

    /// The body of `refunds/create`, and of the order's own list.
    func body(of refund: Refund) -> String {
        """
        {"id":\(refund.id),"order_id":\(id),"created_at":"\(refund.at)",\
        "processed_at":"\(refund.at)","note":"","restock":false,"refund_line_items":[],\
        "transactions":[{"id":\(refund.id + 5),"kind":"refund","status":"success",\
        "amount":"\(Self.amount(refund.cents))","currency":"EUR"}]}
        """
    }

    private var person: String {
        """
        "email":"\(email)","phone":null,\
        "customer":{"id":\(7_000_000 + customer),"email":"\(email)"},\
        "billing_address":{"first_name":"Robin","last_name":"Example\(customer)",\
        "address1":"Lampenweg \(customer % 90 + 1)","zip":"10115","city":"Berlin",\
        "country_code":"DE","phone":null}
        """
    }

    /// Shopify cuts the landing page at 255 characters.
    private var visit: String {
        """
        "landing_site":\(Self.text(landing.map { String($0.path.prefix(255)) })),\
        "referring_site":\(Self.text(landing?.referrer)),\
        "browser_ip":"203.0.113.\(customer % 200)"
        """
    }

    private static func text(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }

    private static func attribute(_ pair: (name: String, value: String)) -> String {
        #"{"name":"\#(pair.name)","value":"\#(pair.value)"}"#
    }
}

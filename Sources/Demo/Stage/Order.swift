import Time

/// An order of the imaginary shop, as its webhook tells of it.
struct Order: Sendable {
    let number: Int
    let cents: Int
    let token: String
    let landing: String
    let milliseconds: Int64

    var id: String { String(5_000_000_000_000 + Int64(number)) }

    var amount: String {
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// The body of Shopify's order topics, cut down to the members that matter (API version 2026-04).
    var shopifyBody: String {
        let time = Timestamp(microseconds: milliseconds * 1000)
        return """
            {"id":\(id),"admin_graphql_api_id":"gid://shopify/Order/\(id)","name":"#\(number)",\
            "order_number":\(number),"test":false,"confirmed":true,"created_at":"\(time)",\
            "processed_at":"\(time)","updated_at":"\(time)","cancelled_at":null,\
            "financial_status":"paid","currency":"EUR","presentment_currency":"EUR",\
            "total_price":"\(amount)","subtotal_price":"\(amount)","total_tax":"0.00",\
            "total_discounts":"0.00","email":"buyer\(number)@example.com","phone":null,\
            "cart_token":"c\(token)","checkout_token":"\(token)","landing_site":"\(landingSite)",\
            "referring_site":"https://www.google.com/","source_name":"web",\
            "browser_ip":"203.0.113.\(number % 200)","note_attributes":[],\
            "customer":{"id":\(7_000_000 + number),"email":"buyer\(number)@example.com"},\
            "line_items":[{"id":\(number),"product_id":\(number % 7),"variant_id":\(number % 3),\
            "sku":"LAMP-\(number % 7)","title":"Lamp","quantity":1,"price":"\(amount)"}],\
            "refunds":[]}
            """
    }

    /// Path and query of the landing page; Shopify cuts it at 255 characters.
    private var landingSite: String {
        String(landing.dropFirst("https://shop.example.com".count).prefix(255))
    }
}

import Foundation

/// Bodies in the form of Shopify's, with people who do not exist.
enum ShopifySample {
    static func body(_ object: [String: Any]) -> [UInt8] {
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        else { fatalError("A sample is JSON.") }
        return Array(data)
    }

    static func order(_ change: (inout [String: Any]) -> Void = { _ in }) -> [UInt8] {
        var order: [String: Any] = [
            "id": 9_007_199_254_740_993, "admin_graphql_api_id": "gid://shopify/Order/1",
            "name": "#1043", "order_number": 1043, "test": false, "confirmed": true,
            "created_at": "2025-12-30T14:03:22-05:00", "processed_at": "2025-12-30T14:03:22-05:00",
            "updated_at": "2025-12-30T14:03:25-05:00", "cancelled_at": NSNull(),
            "financial_status": "paid", "fulfillment_status": NSNull(),
            "currency": "USD", "presentment_currency": "CAD",
            "total_price": "114.95", "subtotal_price": "100.00", "total_tax": "4.95",
            "total_discounts": "20.00", "total_tip_received": "0.00",
            "current_total_price": "114.95", "total_outstanding": "0.00",
            "email": "Ann@example.com", "contact_email": "ann@example.com",
            "phone": "+1 555 123 4567", "buyer_accepts_marketing": true,
            "cart_token": "cart-1", "checkout_token": "checkout-1", "source_name": "web",
            "landing_site": "/p?utm_source=google&utm_medium=cpc&utm_campaign=brand"
                + "&gclid=EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0",
            "referring_site": "https://www.google.com/",
            "browser_ip": "203.0.113.45",
            "client_details": ["user_agent": "Mozilla/5.0", "accept_language": "en-US"],
        ]
        order["total_price_set"] = money("114.95", "157.20")
        order["total_shipping_price_set"] = money("10.00", "13.67")
        order["note_attributes"] = [
            ["name": "_convey_consent", "value": "ad_user_data=granted;ad_personalization=denied"],
            ["name": "gift note", "value": "Cheers"],
        ]
        order["customer"] = ["id": 9_007_199_254_740_995, "email": "ann@example.com"]
        order["billing_address"] = [
            "first_name": "Ann", "last_name": "Example", "address1": "12 Elm St", "city": "Ottawa",
            "zip": "40003", "province_code": "KY", "country_code": "US",
        ]
        order["line_items"] = [
            [
                "id": 5, "product_id": 788_032_119_674_292_900, "variant_id": 1, "sku": "S-1",
                "title": "Glasses", "quantity": 1, "price": "114.95",
            ] as [String: Any]
        ]
        change(&order)
        return body(order)
    }

    private static func money(_ shop: String, _ presentment: String) -> [String: Any] {
        [
            "shop_money": ["amount": shop, "currency_code": "USD"],
            "presentment_money": ["amount": presentment, "currency_code": "CAD"],
        ]
    }
}

import Foundation

/// Bodies in the form of WooCommerce's, with people who do not exist.
enum WooCommerceSample {
    static let gclid = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0"

    static func order(_ change: (inout [String: Any]) -> Void = { _ in }) -> [UInt8] {
        var order: [String: Any] = [
            "id": 9101, "parent_id": 0, "number": "W-9101", "order_key": "wc_order_aBcDeFgH12345",
            "created_via": "checkout", "version": "10.3.5", "status": "processing",
            "currency": "EUR", "prices_include_tax": false, "customer_id": 0,
            "date_created": "2025-12-30T20:03:22", "date_created_gmt": "2025-12-30T19:03:22",
            "date_modified": "2025-12-30T20:03:30", "date_modified_gmt": "2025-12-30T19:03:30",
            "date_paid": "2025-12-30T20:03:25", "date_paid_gmt": "2025-12-30T19:03:25",
            "date_completed": NSNull(), "date_completed_gmt": NSNull(),
            "discount_total": "5.00", "shipping_total": "10.00", "shipping_tax": "0.00",
            "cart_tax": "1.35", "total": "29.35", "total_tax": "1.35",
            "customer_ip_address": "203.0.113.45", "customer_user_agent": "Mozilla/5.0",
            "customer_note": "Ring twice at Ann's", "payment_method": "bacs",
            "payment_method_title": "Direct Bank Transfer", "cart_hash": "abc",
            "tax_lines": [Any](), "fee_lines": [Any](), "refunds": [Any](),
            "_links": ["self": [["href": "https://woo.example/wp-json/wc/v3/orders/9101"]]],
        ]
        order["billing"] = [
            "first_name": "Ann", "last_name": "Example", "company": "", "address_1": "12 Elm St",
            "address_2": "", "city": "Ottawa", "state": "KY", "postcode": "40003",
            "country": "US", "email": "Ann@example.com", "phone": "+1 555 123 4567",
        ]
        order["shipping"] = ["first_name": "Bob", "address_1": "", "postcode": ""]
        order["line_items"] = [
            [
                "id": 315, "name": "Cap", "product_id": 93, "variation_id": 0, "quantity": 2,
                "subtotal": "11.00", "total": "6.00", "total_tax": "0.45", "sku": "", "price": 3,
            ] as [String: Any],
            [
                "id": 316, "name": "Shirt", "product_id": 22, "variation_id": 23, "quantity": "3",
                "subtotal": "12.00", "total": "12.00", "total_tax": "0.90", "sku": "Bar3",
                "price": 4.000000000000001,
            ],
        ]
        order["coupon_lines"] = [["id": 7, "code": "10off", "discount": "5.00"]]
        order["meta_data"] = meta
        change(&order)
        return ShopifySample.body(order)
    }

    /// What order attribution, our plugin and others wrote.
    private static var meta: [[String: Any]] {
        [
            ["id": 1, "key": "_download_permissions_granted", "value": "yes"],
            ["id": 2, "key": "_wc_order_attribution_source_type", "value": "utm"],
            ["id": 3, "key": "_wc_order_attribution_referrer", "value": "https://www.google.com/"],
            ["id": 4, "key": "_wc_order_attribution_utm_campaign", "value": "brand"],
            ["id": 5, "key": "_wc_order_attribution_utm_source", "value": "google"],
            ["id": 6, "key": "_wc_order_attribution_utm_medium", "value": "cpc"],
            ["id": 7, "key": "_wc_order_attribution_utm_content", "value": "(none)"],
            [
                "id": 8, "key": "_wc_order_attribution_session_entry",
                "value": "https://woo.example/cap/?utm_source=google&gclid=\(gclid)",
            ],
            ["id": 9, "key": "_wc_order_attribution_session_pages", "value": "6"],
            ["id": 10, "key": "_wc_order_attribution_device_type", "value": "Mobile"],
            ["id": 11, "key": "_convey_consent", "value": "ad_user_data=granted"],
            ["id": 12, "key": "_billing_birthday", "value": "1980-02-03"],
            ["id": 13, "key": "_plugin_thing", "value": ["nested": ["deep": true]]],
        ]
    }
}

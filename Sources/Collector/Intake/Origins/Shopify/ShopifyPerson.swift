import JSON

/// What an order says of the customer and of the visit.
extension ShopifyEvent {
    /// - Parameter order: What an order or a checkout says beside its customer.
    func writeUser(
        _ order: ForeignFields, customer: ForeignFields, to writer: inout JSONWriter
    ) {
        let places = [
            order.object("billing_address"), order.object("shipping_address"),
            customer.object("default_address"),
        ]
        let place = places.first { $0.text("address1") != nil || $0.text("zip") != nil }
        let first = { (name: StaticString, sources: [ForeignFields]) in
            sources.lazy.compactMap { $0.text(name) }.first
        }
        writer.key("user")
        writer.object { writer in
            writer.member("external_id", customer.id("id"))
            writer.member(
                "email",
                order.text("email") ?? order.text("contact_email") ?? customer.text("email"))
            writer.member("phone", first("phone", [order, customer] + places))
            writer.member("first_name", first("first_name", places + [customer]))
            writer.member("last_name", first("last_name", places + [customer]))
            writer.member("street", place?.text("address1"))
            writer.member("city", place?.text("city"))
            writer.member("state", place?.text("province_code") ?? place?.text("province"))
            writer.member("postal_code", place?.text("zip"))
            writer.member("country", place?.country("country_code"))
        }
    }

    func writePage(
        _ order: ForeignFields, _ landing: LandingPage?, to writer: inout JSONWriter
    ) {
        let referrer = order.text("referring_site")
        guard landing != nil || referrer != nil else { return }
        writer.key("page")
        writer.object { writer in
            writer.member("url", landing?.address)
            writer.member("referrer", referrer)
        }
    }

    func writeClient(_ order: ForeignFields, to writer: inout JSONWriter) {
        let details = order.object("client_details")
        writer.key("client")
        writer.object { writer in
            writer.member("ip", order.text("browser_ip") ?? details.text("browser_ip"))
            writer.member("user_agent", details.text("user_agent"))
            writer.member("language", details.text("accept_language"))
        }
    }
}

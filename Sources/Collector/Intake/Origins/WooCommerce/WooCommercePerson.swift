import JSON

/// What an order or an account says of the customer and of the visit.
extension WooCommerceEvent {
    /// Writes `customer.…`: the account, and the hashes that it can be found by.
    func writeCustomer(_ customer: ForeignFields, type: String, to writer: inout JSONWriter) {
        let isNew = delivery.topic == "customer.created"
        writer.object { writer in
            writer.member("id", delivery.id(resource: customer.id("id")))
            writer.member("type", type)
            writer.member("occurred_at", customer.gmt(isNew ? "date_created" : "date_modified"))
            writeUser(customer, customer: customer.id("id"), to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("resource_id", customer.id("id"))
                writeTimes(of: customer, to: &writer)
                writer.member("is_paying_customer", customer.flag("is_paying_customer"))
            }
        }
    }

    /// - Parameter body: An order or an account: both have addresses for billing and shipping.
    func writeUser(_ body: ForeignFields, customer: String?, to writer: inout JSONWriter) {
        let places = [body.object("billing"), body.object("shipping")]
        let place = places.first { $0.text("address_1") != nil || $0.text("postcode") != nil }
        let first = { (name: StaticString, sources: [ForeignFields]) in
            sources.lazy.compactMap { $0.text(name) }.first
        }
        writer.key("user")
        writer.object { writer in
            writer.member("external_id", customer)
            writer.member("email", first("email", places + [body]))
            writer.member("phone", first("phone", places))
            writer.member("first_name", first("first_name", places + [body]))
            writer.member("last_name", first("last_name", places + [body]))
            writer.member("street", place?.text("address_1"))
            writer.member("city", place?.text("city"))
            writer.member("state", place?.text("state"))
            writer.member("postal_code", place?.text("postcode"))
            writer.member("country", place?.country("country"))
        }
    }

    func writePage(
        _ landing: LandingPage?, _ attribution: WooCommerceAttribution,
        to writer: inout JSONWriter
    ) {
        guard landing != nil || attribution.referrer != nil else { return }
        writer.key("page")
        writer.object { writer in
            writer.member("url", landing?.address)
            writer.member("referrer", attribution.referrer)
        }
    }

    func writeClient(
        _ order: ForeignFields, _ attribution: WooCommerceAttribution,
        to writer: inout JSONWriter
    ) {
        writer.key("client")
        writer.object { writer in
            writer.member("ip", order.text("customer_ip_address"))
            writer.member(
                "user_agent", order.text("customer_user_agent") ?? attribution.userAgent)
        }
    }
}

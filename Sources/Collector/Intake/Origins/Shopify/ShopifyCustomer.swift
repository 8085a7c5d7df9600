import ConveyProtocol
import JSON
import Time

/// The mapping of `customers/…`, of subscriptions, and of the requests that the law asks for.
extension ShopifyEvent {
    /// An account, and, where its owner agreed to newsletters, that too.
    func customerParts(_ customer: ForeignFields) -> [Part] {
        let isNew = delivery.topic == "customers/create"
        let account = Part.customer(type: isNew ? "sign_up" : delivery.type)
        return signedUpAt(customer) == nil ? [account] : [account, .newsletter]
    }

    /// When the customer agreed to newsletters; nil where that is not so.
    private func signedUpAt(_ customer: ForeignFields) -> Timestamp? {
        let consent = customer.object("email_marketing_consent")
        guard consent.text("state") == "subscribed" else { return nil }
        return consent.text("consent_updated_at").flatMap { Timestamp(rfc3339: $0) }
    }

    func writeCustomer(_ customer: ForeignFields, type: String, to writer: inout JSONWriter) {
        let isNew = delivery.topic == "customers/create"
        let at = Self.time(customer.text(isNew ? "created_at" : "updated_at"))
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", type)
            writer.member("occurred_at", at ?? Self.time(delivery.triggeredAt))
            writeUser(customer, customer: customer, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("resource_id", customer.id("id"))
                for name in Self.timeNames { writer.member(name, Self.time(customer.text(name))) }
            }
        }
    }

    /// Every later change of the account tells of the newsletter again: the id is that of the consent.
    func writeNewsletter(_ customer: ForeignFields, to writer: inout JSONWriter) {
        let at = signedUpAt(customer)
        let name = "\(customer.id("id") ?? ""):\(at?.unixSeconds ?? 0)"
        writer.object { writer in
            writer.member("id", ownID("newsletter_signup:\(name)", else: "newsletter"))
            writer.member("type", "newsletter_signup")
            writer.member("occurred_at", at?.description)
            writeUser(customer, customer: customer, to: &writer)
            writer.key("data")
            writer.object { writeDelivery(to: &$0) }
        }
    }

    // MARK: Subscriptions

    /// What happened to a contract; one that ended is told of once, however often it changes after.
    func contractPart(_ contract: ForeignFields) -> Part {
        switch delivery.topic {
        case "subscription_contracts/create": .contract(type: "subscription_start")
        case "subscription_billing_attempts/success": .contract(type: "subscription_renew")
        default:
            Self.ends.contains(contract.text("status")?.lowercased() ?? "")
                ? .contract(type: "subscription_cancel") : .contract(type: delivery.type)
        }
    }

    private static let ends: Set<String> = ["cancelled", "expired"]

    func writeContract(_ contract: ForeignFields, type: String, to writer: inout JSONWriter) {
        let isAttempt = delivery.topic.hasPrefix("subscription_billing_attempts/")
        let number = isAttempt ? contract.id("subscription_contract_id") : contract.id("id")
        let id =
            type == "subscription_cancel"
            ? ownID("\(type):\(number ?? "")", else: "cancel") : delivery.id.description
        writer.object { writer in
            writer.member("id", id)
            writer.member("type", type)
            writer.member("occurred_at", Self.time(delivery.triggeredAt))
            writer.key("user")
            writer.object { $0.member("external_id", contract.id("customer_id")) }
            writer.key("order")
            writer.object { writer in
                writer.member(
                    "id", isAttempt ? contract.id("order_id") : contract.id("origin_order_id"))
                writer.member("customer_id", contract.id("customer_id"))
            }
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("subscription_contract_id", number)
                writer.member("subscription_status", contract.short("status"))
                writer.member("revision_id", contract.id("revision_id"))
                writer.member("error_code", contract.short("error_code"))
            }
        }
    }

    // MARK: Ids

    /// Names a second event of one delivery.
    func secondID(_ what: String) -> String {
        let id = EventID("\(delivery.id):\(what)")
        return (id ?? EventID("sha256:", digestOf: Array("\(delivery.id) \(what)".utf8)))
            .description
    }

    /// Names what several deliveries tell of by what it is.
    private func ownID(_ name: String, else what: String) -> String {
        EventID(name)?.description ?? secondID(what)
    }
}

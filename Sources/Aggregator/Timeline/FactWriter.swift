import ConveyProtocol
import JSON
import Time

/// Writes the part of a fact that has no column of its own, with the canonical event's names; what
/// `FactReader.fill` reads gives the same fact again.
enum FactWriter {
    static func body(of fact: Fact) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("visitor", fact.visitor)
            writer.member("session", fact.session)
            writer.member("user", fact.user, write)
            writer.member("page", fact.page) { page, writer in
                writer.member("url", page.url)
                writer.member("referrer", page.referrer)
            }
            writeClient(fact, to: &writer)
            writeClicks(fact, to: &writer)
            writer.member("utm", fact.utm, write)
            writer.member("consent", fact.consent) { consent, writer in
                writer.member("analytics", consent.analytics.rawValue)
                writer.member("ad_user_data", consent.adUserData.rawValue)
                writer.member("ad_personalization", consent.adPersonalization.rawValue)
            }
            writer.member("order", fact.order, write)
            writer.member("value", fact.value) { money, writer in
                writer.member("amount", money.amount)
                writer.member("currency", money.currency.description)
            }
            writeItems(fact.items, to: &writer)
            writer.member("data", fact.platform, write)
            if fact.isAutomatic {
                writer.key("flags")
                writer.array { $0.string("bot") }
            }
        }
        return writer.bytes
    }

    private static func writeClient(_ fact: Fact, to writer: inout JSONWriter) {
        guard fact.userAgent != nil || fact.language != nil else { return }
        writer.key("client")
        writer.object { writer in
            writer.member("user_agent", fact.userAgent)
            writer.member("language", fact.language)
        }
    }

    private static func writeClicks(_ fact: Fact, to writer: inout JSONWriter) {
        guard !fact.clicks.isEmpty || fact.campaign != nil else { return }
        writer.key("click")
        writer.object { writer in
            for click in fact.clicks {
                writer.key(click.kind.name)
                writer.string(click.value)
            }
            writer.member("ct_tracking_id", fact.campaign?.trackingID)
            writer.member("ct_campaign_link_id", fact.campaign?.linkID)
        }
    }

    private static func write(_ utm: Fact.UTM, to writer: inout JSONWriter) {
        writer.member("source", utm.source)
        writer.member("medium", utm.medium)
        writer.member("campaign", utm.campaign)
        writer.member("term", utm.term)
        writer.member("content", utm.content)
        writer.member("id", utm.id)
    }

    private static func write(_ user: Fact.UserHashes, to writer: inout JSONWriter) {
        writer.member("external_id", user.externalID)
        writer.member("email_sha256", user.email)
        writer.member("email_sha256_google", user.emailGoogle)
        writer.member("phone_sha256", user.phone)
        writer.member("phone_sha256_digits", user.phoneDigits)
        writer.member("first_name_sha256", user.firstName)
        writer.member("last_name_sha256", user.lastName)
        writer.member("street_sha256", user.street)
        writer.member("city_sha256", user.city)
        writer.member("state_sha256", user.state)
        writer.member("postal_code_sha256", user.postalCodeHash)
        writer.member("postal_code", user.postalCode)
        writer.member("country", user.country)
    }

    private static func write(_ order: Fact.OrderReference, to writer: inout JSONWriter) {
        writer.member("id", order.id)
        writer.member("name", order.name)
        writer.member("cart_token", order.cartToken)
        writer.member("checkout_token", order.checkoutToken)
        writer.member("customer_id", order.customerID)
        writer.member("status", order.status)
        guard order.isTest else { return }
        writer.key("test")
        writer.bool(true)
    }

    private static func writeItems(_ items: [Fact.Item], to writer: inout JSONWriter) {
        guard !items.isEmpty else { return }
        writer.key("items")
        writer.array { writer in
            for item in items {
                writer.object { writer in
                    writer.member("id", item.id)
                    writer.member("variant", item.variant)
                    writer.member("sku", item.sku)
                    if let quantity = item.quantity {
                        writer.key("quantity")
                        writer.integer(quantity)
                    }
                    writer.member("price", item.priceMicros.map(amount))
                }
            }
        }
    }

    private static func write(_ details: Fact.PlatformDetails, to writer: inout JSONWriter) {
        writer.member("topic", details.topic)
        writer.member("created_at", details.createdAt?.description)
        writer.member("processed_at", details.processedAt?.description)
        writer.member("updated_at", details.modifiedAt?.description)
        writer.member("cancelled_at", details.cancelledAt?.description)
        writer.member("cancel_reason", details.cancelReason)
        writer.member("totals", details.currentTotalMicros) { micros, writer in
            writer.member("current_total", amount(micros))
        }
        writer.member("refund_id", details.refundID)
        guard !details.refunds.isEmpty else { return }
        writer.key("refunds")
        writer.array { writer in
            for refund in details.refunds {
                writer.object { writer in
                    writer.member("id", refund.id)
                    writer.member("amount", amount(refund.micros))
                    writer.member("currency", refund.currency?.description)
                    writer.member("at", refund.at?.description)
                }
            }
        }
    }

    private static func amount(_ micros: Int64) -> String { DecimalAmount(micros: micros).text() }
}

extension JSONWriter {
    /// Writes a member that is there.
    /// Writes an object that is there.
    fileprivate mutating func member<Value>(
        _ name: StaticString, _ value: Value?, _ write: (Value, inout JSONWriter) -> Void
    ) {
        guard let value else { return }
        key(name)
        object { write(value, &$0) }
    }
}

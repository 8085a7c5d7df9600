import ConveyProtocol
import JSON

/// The money of an event, as it was stated.
struct SegmentValue {
    let amount: DecimalAmount
    /// Nil where none was stated: the site's holds.
    let currency: Currency?

    func write(to writer: inout JSONWriter) {
        writer.key("value")
        writer.object { writer in
            writer.member("amount", amount)
            writer.member("currency", currency?.description)
        }
    }
}

/// What the ecommerce specification says of orders, money and products.
extension SegmentMessage {
    /// What the customer pays comes first: it is what a platform's own account of the order says.
    private static let amountNames: [StaticString] = ["total", "revenue", "value"]

    /// Takes the event's money. In an event that is no sale, what cannot be read stays custom data.
    mutating func takeValue() throws(EventFault) -> SegmentValue? {
        let fields = properties.fields
        guard call == .track, let name = Self.amountNames.first(where: { fields[$0] != nil })
        else { return nil }
        let isStated = fields["currency"] != nil
        guard let amount = fields.amount(name) else {
            if self.name.isSale {
                throw EventFault(.invalidValue, at: "/properties/\(name)")
            }
            return nil
        }
        let currency = fields.currency("currency")
        guard currency != nil || !isStated else {
            if self.name.isSale { throw EventFault(.invalidValue, at: "/properties/currency") }
            return nil
        }
        properties.take([name, "currency"])
        return SegmentValue(amount: amount, currency: currency)
    }

    mutating func writeOrder(to writer: inout JSONWriter) {
        guard call == .track else { return }
        let id = properties.takeID("order_id", "orderId")
        let checkout = properties.takeID("checkout_id", "checkoutId")
        let cart = properties.takeID("cart_id", "cartId")
        guard id != nil || checkout != nil || cart != nil else { return }
        writer.key("order")
        writer.object { writer in
            writer.member("id", id)
            writer.member("cart_token", cart)
            writer.member("checkout_token", checkout)
            writer.member("status", name.orderStatus)
        }
    }

    mutating func writeItems(to writer: inout JSONWriter) {
        guard call == .track else { return }
        let fields = properties.fields
        if let products = fields["products"]?.array {
            properties.take(["products"])
            writer.key("items")
            writer.array { writer in
                for product in products where product.kind == .object {
                    writer.object { Self.writeItem(product, keepsRest: true, to: &$0) }
                }
            }
        } else if name.isOfOneProduct, let product = properties.object {
            properties.take(Self.itemNames)
            writer.key("items")
            writer.array { writer in
                writer.object { Self.writeItem(product, keepsRest: false, to: &$0) }
            }
        }
    }

    private static let itemNames: [StaticString] = [
        "product_id", "productId", "id", "variant", "sku", "name", "title", "category", "quantity",
        "price",
    ]

    /// - Parameter keepsRest: The product's other plain fields, as brand and coupon, stay with it.
    private static func writeItem(
        _ product: JSONElement, keepsRest: Bool, to writer: inout JSONWriter
    ) {
        let fields = ForeignFields(product)
        writer.member(
            "id", fields.id("product_id") ?? fields.id("productId") ?? fields.id("id"))
        writer.member("variant", fields.id("variant"))
        writer.member("sku", fields.id("sku"))
        writer.member("title", fields.text("name") ?? fields.text("title"))
        writer.member("category", fields.text("category"))
        writer.member("quantity", fields.quantity("quantity"))
        writer.member("price", fields.amount("price"))
        guard keepsRest, let members = product.object else { return }
        for (key, value) in members where !itemNames.contains(where: { key == $0 }) {
            guard value.kind != .object, value.kind != .array else { continue }
            writer.key(key)
            writer.element(value)
        }
    }
}

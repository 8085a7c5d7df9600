import ConveyProtocol
import JSON
import Time

/// The mapping of `carts/…`: what was put in, and what was taken out.
extension ShopifyEvent {
    /// What the cart's webhook says, besides a change that cannot be known.
    func cartParts(_ cart: ForeignFields) -> [Part] {
        guard let word = cartWord(cart) else { return [] }
        let change = carts.take(word)
        var parts: [Part] = []
        if !change.added.isEmpty { parts.append(.cart(type: "add_to_cart", change.added)) }
        if !change.removed.isEmpty {
            parts.append(.cart(type: "remove_from_cart", change.removed))
        }
        return parts
    }

    private func cartWord(_ cart: ForeignFields) -> CartBook.Word? {
        guard let token = Self.cartToken(cart),
            let version = cart.text("updated_at").flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        var pieces: [String: Int64] = [:]
        for line in cart.array("line_items") {
            guard let variant = line.id("variant_id"), let quantity = line.quantity("quantity"),
                quantity > 0
            else { continue }
            pieces[variant, default: 0] += quantity
        }
        return CartBook.Word(
            cart: "\(shop) \(token)", delivery: delivery.id, version: version,
            isNew: delivery.topic == "carts/create", pieces: pieces)
    }

    /// Behind a `?` stands the key to the cart, which is nobody's business.
    private static func cartToken(_ cart: ForeignFields) -> String? {
        cart.text("token")?.split(separator: "?").first.map(String.init)
    }

    /// - Parameter pieces: How many of each variant were put in or taken out.
    func writeCart(
        _ cart: ForeignFields, type: String, _ pieces: [String: Int64], itemsMax: Int,
        to writer: inout JSONWriter
    ) {
        let isRemoval = type == "remove_from_cart"
        let lines = Self.lines(of: cart, pieces)
        writer.object { writer in
            writer.member("id", isRemoval ? secondID("removed") : delivery.id.description)
            writer.member("type", type)
            writer.member("occurred_at", Self.time(cart.text("updated_at")))
            writer.key("order")
            writer.object { $0.member("cart_token", Self.cartToken(cart)) }
            writeCartValue(lines, to: &writer)
            writer.key("items")
            writer.array { writer in
                for (line, quantity) in lines.prefix(itemsMax) {
                    writeItem(line, quantity: quantity, to: &writer)
                }
                Self.writeGone(pieces, from: cart, to: &writer)
            }
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                for name in Self.timeNames { writer.member(name, Self.time(cart.text(name))) }
            }
        }
    }

    /// One line for each variant that changed and still lies in the cart.
    private static func lines(
        of cart: ForeignFields, _ pieces: [String: Int64]
    ) -> [(line: ForeignFields, quantity: Int64)] {
        var left = pieces
        return cart.array("line_items").compactMap { line in
            guard let variant = line.id("variant_id"),
                let quantity = left.removeValue(forKey: variant)
            else { return nil }
            return (line, quantity)
        }
    }

    /// Of what was taken out whole only the number is known.
    private static func writeGone(
        _ pieces: [String: Int64], from cart: ForeignFields, to writer: inout JSONWriter
    ) {
        let present = Set(cart.array("line_items").compactMap { $0.id("variant_id") })
        for (variant, quantity) in pieces.sorted(by: { $0.key < $1.key })
        where !present.contains(variant) {
            writer.object { writer in
                writer.member("variant", variant)
                writer.member("quantity", quantity)
            }
        }
    }

    private func writeCartValue(
        _ lines: [(line: ForeignFields, quantity: Int64)], to writer: inout JSONWriter
    ) {
        var micros: Int64 = 0
        for (line, quantity) in lines {
            let (price, isPriceTooLarge) = (line.amount("price")?.micros ?? 0)
                .multipliedReportingOverflow(by: quantity)
            let (sum, isSumTooLarge) = micros.addingReportingOverflow(price)
            guard !isPriceTooLarge, !isSumTooLarge else { return }
            micros = sum
        }
        guard micros > 0 else { return }
        let currency = lines.first?.line.object("price_set").object("shop_money")
            .currency("currency_code")
        writer.value(DecimalAmount(micros: micros), in: currency)
    }
}

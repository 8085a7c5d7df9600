import ConveyProtocol
package import Timeline

/// What an order is known by: its id, else its name, else its checkout token, else, where a purchase
/// names no order at all, the event itself. Conversions take their ids from it.
package struct OrderIdentity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Which of its names it is; the better ones first.
    package enum Kind: String, CaseIterable, Sendable {
        case id, name, token, event
    }

    /// Which of its names it is.
    package let kind: Kind
    /// The name, in canonical spelling.
    package let value: String

    /// Names an order.
    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }

    /// The identity that a key gives; nil for keys that name no order.
    package init?(_ key: FactKey) {
        switch key.orderKey {
        case let key? where key.kind == .orderID: self.init(.id, key.value)
        case let key? where key.kind == .orderName: self.init(.name, key.value)
        case let key? where key.kind == .checkoutToken: self.init(.token, key.value)
        default: return nil
        }
    }

    /// Reads what `description` wrote; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty
        else { return nil }
        self.init(kind, String(parts[1]))
    }

    /// Kind and name: `id:6123456789012`, `name:1042`.
    package var description: String { "\(kind.rawValue):\(value)" }

    /// Orders ids before names before tokens before events, then by the text.
    package static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind ? left.value < right.value : left.rank < right.rank
    }

    private var rank: Int {
        switch kind {
        case .id: 0
        case .name: 1
        case .token: 2
        case .event: 3
        }
    }
}

extension Fact {
    /// Every identity under which an order with this part may once have been known, sorted.
    var orderIdentities: [OrderIdentity] {
        let named: [OrderIdentity?] = [
            order?.id.map { OrderIdentity(.id, $0) }, order?.name.map { OrderIdentity(.name, $0) },
            order?.checkoutToken.map { OrderIdentity(.token, $0) },
        ]
        let found = named.compactMap(\.self).filter { !$0.value.isEmpty }
        if !found.isEmpty { return found }
        return type == "purchase" ? [OrderIdentity(.event, name.description)] : []
    }

    /// Names and tokens, by which parts without an id find their order.
    var looseIdentities: [OrderIdentity] { orderIdentities.filter { $0.kind != .id } }

    /// Its checkout token, as an identity.
    var tokenIdentities: [OrderIdentity] { orderIdentities.filter { $0.kind == .token } }

    /// Whether nothing better than a public key vouches for it.
    var isClaim: Bool { name.credential == .siteKey }
}

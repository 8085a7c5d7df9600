/// Where the folding of an order starts: a site and the order's ids, names and checkout tokens, as far
/// as they are known; what is only claimed counts here like the rest. A purchase that names no order
/// is one of its own, known by its event.
package struct OrderAnchor: Hashable, Comparable, Sendable {
    /// The site's short number.
    package let site: Int64
    /// Of kinds `orderID`, `orderName` and `checkoutToken`, sorted; none for an event's order.
    package let keys: [FactKey]
    /// The purchase that names no order; nil wherever there are keys.
    package let event: Fact.Name?

    /// Names an order by keys; those that do not name one are left out. Nil where none is left.
    package init?(site: Int64, keys: some Sequence<FactKey>) {
        let keys = Set(keys.compactMap(\.orderKey)).sorted()
        guard !keys.isEmpty else { return nil }
        self.site = site
        self.keys = keys
        event = nil
    }

    /// Names a purchase that names no order.
    package init(event: Fact.Name) {
        site = event.site
        keys = []
        self.event = event
    }

    /// The order that a fact is part of; nil where it is of none.
    package init?(of fact: Fact) {
        if let anchor = OrderAnchor(site: fact.name.site, keys: fact.keys) {
            self = anchor
        } else if fact.type == "purchase" {
            self.init(event: fact.name)
        } else {
            return nil
        }
    }

    /// Orders by site, then by keys, those without last; by nothing that means anything.
    package static func < (left: Self, right: Self) -> Bool {
        if left.site != right.site { return left.site < right.site }
        if let one = left.event, let other = right.event { return one < other }
        if left.keys.isEmpty != right.keys.isEmpty { return right.keys.isEmpty }
        return left.keys.lexicographicallyPrecedes(right.keys)
    }
}

/// Gathers the orders that facts are part of. Order keys that stand in one fact name one order.
struct OrderGroups {
    private let site: Int64
    private var groups = Groups<FactKey>()
    private var keys: Set<FactKey> = []
    private var events: Set<Fact.Name> = []

    init(site: Int64) { self.site = site }

    /// Remembers the order of a fact.
    mutating func note(_ node: FactGraph.Node) {
        let own = node.keys.compactMap(\.orderKey)
        keys.formUnion(own)
        guard let first = own.first else {
            if node.fact.type == "purchase" { events.insert(node.fact.name) }
            return
        }
        for key in own.dropFirst() { _ = groups.join(first, key) }
    }

    /// Every order once, in a fixed order.
    mutating func anchors() -> [OrderAnchor] {
        var members: [FactKey: [FactKey]] = [:]
        for key in keys { members[groups.root(of: key), default: []].append(key) }
        let named = members.values.compactMap { OrderAnchor(site: site, keys: $0) }
        return (named + events.map(OrderAnchor.init(event:))).sorted()
    }
}

package import Timeline

/// The orders that are judged together, by everything that they are or once were known by: what is
/// kept under any of these names is theirs to change.
package struct OrderScope: Sendable, Equatable {
    /// The site's short number.
    package let site: Int64
    /// Every identity of the orders, present or former.
    package let identities: Set<OrderIdentity>
    /// Those of which all facts are known here. Under the others, which only claims name, nothing is
    /// touched but what is a claim itself: or whoever holds a public key and floods an order with
    /// claims could take other orders' conversions away.
    package let vouched: Set<OrderIdentity>

    /// - Parameter groups: all orders of the facts that share order keys, also those that are none
    ///   yet.
    /// - Parameter anchors: what one started from; facts that are gone leave only these.
    package init(site: Int64, groups: [OrderGroup], anchors: [OrderAnchor] = []) {
        let facts = groups.flatMap(\.facts)
        let trusted = facts.filter { !$0.isClaim }.flatMap(\.orderIdentities)
        let own = anchors.filter { $0.site == site }
        let named = own.flatMap(\.keys).compactMap { OrderIdentity($0) }
        let unnamed = own.compactMap(\.event).map { OrderIdentity(.event, $0.description) }
        self.site = site
        identities = Set(groups.flatMap(\.identities) + named + unnamed)
        let isCut = facts.count > LinkLimits.standard.orderFactsMax
        vouched = Set(isCut ? trusted : trusted + named + unnamed)
    }
}

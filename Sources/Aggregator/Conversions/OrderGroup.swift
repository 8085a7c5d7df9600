package import Timeline

/// The parts of one order, before they are folded.
package struct OrderGroup: Sendable, Equatable {
    /// The site's short number.
    package let site: Int64
    /// What the order is known by.
    package let identity: OrderIdentity
    /// Its parts, by time and name; at least one.
    package let facts: [Fact]

    init(_ identity: OrderIdentity, _ facts: [Fact]) {
        precondition(!facts.isEmpty, "An order has a part.")
        site = facts[0].name.site
        self.identity = identity
        self.facts = facts.sorted(by: Fact.isBefore)
    }

    /// Every identity under which this order, or a part of it alone, may once have been known.
    package var identities: Set<OrderIdentity> {
        Set([identity] + facts.flatMap(\.orderIdentities))
    }

    /// The keys that lead to its person: those of parts that a secret vouches for; where there is
    /// none, those of the part whose word counts. Sorted.
    package var personKeys: [FactKey] {
        let trusted = facts.filter { !$0.isClaim }
        let spoken = trusted.isEmpty ? OrderVoices(facts).firstPurchase.map { [$0] } ?? [] : trusted
        return Set(spoken.flatMap(\.keys).filter(\.joinsPersons)).sorted()
    }

    /// Sorts facts of one site into orders. Facts that name no order and are no purchase are passed
    /// over. The result does not depend on the order of `facts`, and is sorted by identity.
    ///
    /// Ids decide: two parts with different ids are never one order, and a part without one goes with
    /// the id that shares its name or checkout token, the smallest of several. What is only claimed
    /// never joins two orders; it finds its own by its token, then by id, then by name.
    /// - Parameter facts: every fact that shares an order key with another of them, none left out:
    ///   or an order would be taken for two.
    package static func groups(of facts: [Fact]) -> [OrderGroup] {
        var sorting = OrderSorting(facts.filter { !$0.orderIdentities.isEmpty })
        return sorting.groups().map { OrderGroup($0.key, $0.value) }
            .sorted { $0.identity < $1.identity }
    }
}

/// Puts parts together that are one order.
private struct OrderSorting {
    private let trusted: [Fact]
    private let claimed: [Fact]
    private var orders: [OrderIdentity: [Fact]] = [:]

    init(_ facts: [Fact]) {
        precondition(
            Set(facts.map(\.name.site)).count <= 1, "Orders of one site are sorted at a time.")
        trusted = facts.filter { !$0.isClaim }
        claimed = facts.filter(\.isClaim)
    }

    mutating func groups() -> [OrderIdentity: [Fact]] {
        orders = Self.connected(trusted)
        attach(claimed)
        return orders
    }

    /// Parts that vouch for one another alike: by id; those without, by what they share.
    private static func connected(_ facts: [Fact]) -> [OrderIdentity: [Fact]] {
        var orders: [OrderIdentity: [Fact]] = [:]
        var ids: [OrderIdentity: OrderIdentity] = [:]
        for fact in facts {
            guard let id = fact.orderIdentities.first, id.kind == .id else { continue }
            orders[id, default: []].append(fact)
            for loose in fact.looseIdentities { ids[loose] = min(ids[loose] ?? id, id) }
        }
        let without = facts.filter { $0.orderIdentities.first?.kind != .id }
        for component in components(without) {
            let known = component.flatMap { part in part.looseIdentities.compactMap { ids[$0] } }
            let smallest = component.flatMap(\.looseIdentities).min()
            guard let fallback = known.min() ?? smallest else { continue }
            for part in component {
                let own = part.looseIdentities.compactMap { ids[$0] }.min()
                orders[own ?? fallback, default: []].append(part)
            }
        }
        return orders
    }

    /// Parts that share a name or a token, directly or through others.
    private static func components(_ facts: [Fact]) -> [[Fact]] {
        var groups = Groups<OrderIdentity>()
        for fact in facts {
            let loose = fact.looseIdentities
            for other in loose.dropFirst() { groups.join(loose[0], other) }
        }
        var components: [OrderIdentity: [Fact]] = [:]
        for fact in facts {
            components[groups.root(of: fact.looseIdentities[0]), default: []].append(fact)
        }
        return Array(components.values)
    }

    /// Gives claims to the orders they speak of; what is left is an order of its own.
    private mutating func attach(_ claims: [Fact]) {
        let places = Places(orders)
        var rest: [Fact] = []
        var tokens: [OrderIdentity: OrderIdentity] = [:]
        for claim in claims {
            guard let order = places.order(of: claim) else {
                rest.append(claim)
                continue
            }
            orders[order, default: []].append(claim)
            for token in claim.tokenIdentities {
                tokens[token] = min(tokens[token] ?? order, order)
            }
        }
        // A claimed id may be the one that an order known by its name only will turn out to have.
        var taken: Set<OrderIdentity> = []
        for (identity, facts) in Self.connected(rest).sorted(by: { $0.key < $1.key }) {
            let shared = facts.flatMap(\.tokenIdentities).compactMap { tokens[$0] }.min()
            let named = facts.flatMap(\.looseIdentities).compactMap { places.orders[$0] }
                .filter { $0.kind != .id && !taken.contains($0) }.min()
            if shared == nil, let named { taken.insert(named) }
            orders[shared ?? named ?? identity, default: []] += facts
        }
    }

    /// Which order a secret vouches for has a name or token.
    private struct Places {
        var orders: [OrderIdentity: OrderIdentity] = [:]

        init(_ trusted: [OrderIdentity: [Fact]]) {
            for (identity, facts) in trusted {
                for named in facts.flatMap(\.orderIdentities) + [identity] {
                    orders[named] = min(orders[named] ?? identity, identity)
                }
            }
        }

        /// Nobody guesses a token, so it comes first; a name is good only for who states no id.
        func order(of claim: Fact) -> OrderIdentity? {
            let named = claim.orderIdentities
            if let token = named.first(where: { $0.kind == .token }), let order = orders[token] {
                return order
            }
            guard let first = named.first else { return nil }
            return orders[first]
        }
    }
}

/// Disjoint groups that grow together.
private struct Groups<Member: Hashable & Comparable> {
    private var parents: [Member: Member] = [:]

    func root(of member: Member) -> Member {
        var root = member
        while let parent = parents[root] { root = parent }
        return root
    }

    /// The smaller root stands for both.
    mutating func join(_ left: Member, _ right: Member) {
        let (left, right) = (root(of: left), root(of: right))
        guard left != right else { return }
        parents[max(left, right)] = min(left, right)
    }
}

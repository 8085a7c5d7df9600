import ConveyProtocol
package import Store

/// Finds all facts that may be parts of one order.
///
/// Facts belong together that share an order's id, name or checkout token, stated or claimed, and so do
/// those that share one with these. What that is may still be several orders: folding tells.
extension FactTable {
    /// The facts around an order, by time and name: the same from any of them.
    ///
    /// Where claims tie together more than `LinkLimits.orderFactsMax` facts, which no shop does, claims
    /// lead no further: only facts that share a key with what trusted parts say are found.
    package func facts(ofOrder anchor: OrderAnchor) throws(StoreFault) -> [Fact] {
        if let event = anchor.event { return try facts(ofUnnamed: event) }
        if let facts = try facts(of: anchor, trustsClaims: true) { return facts }
        return try facts(of: anchor, trustsClaims: false) ?? []
    }

    /// Nothing where another copy of the event counts by now, and names an order: of that order this
    /// would be a part only.
    private func facts(ofUnnamed event: Fact.Name) throws(StoreFault) -> [Fact] {
        guard let fact = try fact(named: event), OrderAnchor(of: fact)?.event == event
        else { return [] }
        return [fact]
    }

    /// Nil where there are too many to trust claims.
    private func facts(
        of anchor: OrderAnchor, trustsClaims: Bool
    ) throws(StoreFault) -> [Fact]? {
        var graph = FactGraph(tenant, site: anchor.site, memory: memory)
        var waiting = anchor.keys
        var met = Set(waiting)
        var facts: [Int64: Fact] = [:]
        while !waiting.isEmpty {
            let step = Array(waiting.suffix(PersonFinder.stride))
            waiting.removeLast(step.count)
            for key in step {
                let same = [key] + key.claims
                try graph.lookUp([key], holdersMax: limits.factsMax, readsOverfull: true)
                try graph.lookUp(key.claims, holdersMax: limits.factsMax)
                for number in holders(of: same, in: graph) where facts[number] == nil {
                    guard let node = graph[number] else { continue }
                    facts[number] = node.fact
                    guard trustsClaims || node.fact.name.credential != .siteKey else { continue }
                    waiting += node.keys.compactMap(\.orderKey).filter { met.insert($0).inserted }
                }
            }
            if facts.count > limits.orderFactsMax {
                if trustsClaims { return nil }
                break
            }
        }
        return facts.values.sorted(by: Fact.isBefore)
    }

    private func holders(of keys: [FactKey], in graph: borrowing FactGraph) -> [Int64] {
        var numbers: [Int64] = []
        for key in keys { numbers += graph.holders(of: key) }
        return numbers
    }
}

extension FactKey {
    /// The same value as a claim.
    fileprivate var claims: [FactKey] {
        switch kind {
        case .orderID: [FactKey(.claimedOrderID, value)]
        case .orderName: [FactKey(.claimedOrderName, value)]
        case .visitor, .session, .trackingID, .cartToken, .checkoutToken, .customer, .email,
            .phone, .claimedOrderID, .claimedOrderName, .click:
            []
        }
    }
}

package import Store
package import Tenancy

/// Finds persons of one site: from keys to facts to their keys, and on.
///
/// Only keys that join persons and that keep within the limits are followed. A key's standing follows
/// from the facts that hold it, and from nothing that was decided before: a link vanishes with the fact
/// that breaks a limit.
package struct PersonFinder {
    let tenant: TenantTransaction
    let site: Int64
    let limits: LinkLimits
    private let memory: FactMemory?
    /// Keys that are looked up at once.
    static let stride = 16

    /// Looks in one site of a transaction's organization.
    /// - Parameters:
    ///   - site: its short number.
    ///   - memory: of this transaction, for who reads much and records nothing.
    package init(
        _ tenant: TenantTransaction, site: Int64, limits: LinkLimits = .standard,
        memory: FactMemory? = nil
    ) {
        self.tenant = tenant
        self.site = site
        self.limits = limits
        self.memory = memory
    }

    /// The person that these keys lead to: the same for every key of one person. Keys that no fact
    /// holds, and keys that do not join persons, lead nowhere.
    package func person(from keys: [FactKey]) throws(StoreFault) -> Person {
        var graph = FactGraph(tenant, site: site, memory: memory)
        var walk = Walk()
        let start = Set(keys.filter(\.joinsPersons)).sorted()
        walk.waiting = start
        walk.known = Set(start)
        while let step = walk.next(Self.stride) {
            try graph.lookUp(step, holdersMax: limits.factsMax)
            for key in step { visit(key, in: graph, &walk) }
            if walk.facts.count > limits.personFactsMax {
                return try cut(to: start, &graph)
            }
        }
        return person(walk, in: graph)
    }

    /// What was seen and what is still to be seen.
    private struct Walk {
        var waiting: [FactKey] = []
        var known: Set<FactKey> = []
        var qualified: [FactKey] = []
        var disqualified: [Person.Disqualified] = []
        var facts: Set<Int64> = []

        mutating func next(_ count: Int) -> [FactKey]? {
            guard !waiting.isEmpty else { return nil }
            defer { waiting.removeLast(min(count, waiting.count)) }
            return Array(waiting.suffix(count))
        }
    }

    private func visit(_ key: FactKey, in graph: borrowing FactGraph, _ walk: inout Walk) {
        if let verdict = graph.verdict(on: key, limits) {
            walk.disqualified.append(verdict)
            return
        }
        let holders = graph.holders(of: key)
        guard !holders.isEmpty else { return }
        walk.qualified.append(key)
        for number in holders where walk.facts.insert(number).inserted {
            for other in graph[number]?.keys ?? []
            where other.joinsPersons && walk.known.insert(other).inserted {
                walk.waiting.append(other)
            }
        }
    }

    /// Only what shares a key with the start: of a web of thousands nobody can say who is who.
    private func cut(
        to start: [FactKey], _ graph: inout FactGraph
    ) throws(StoreFault) -> Person {
        var walk = Walk()
        walk.known = Set(start)
        for key in start {
            try graph.lookUp([key], holdersMax: limits.factsMax)
            visit(key, in: graph, &walk)
        }
        return person(walk, in: graph, isCut: true)
    }

    private func person(
        _ walk: Walk, in graph: borrowing FactGraph, isCut: Bool = false
    ) -> Person {
        var facts: [Fact] = []
        for number in walk.facts {
            if let node = graph[number] { facts.append(node.fact) }
        }
        return Person(
            site: site, facts: facts, keys: walk.qualified, disqualified: walk.disqualified,
            isCut: isCut)
    }
}

extension FactGraph {
    /// Why a key that was looked up is not followed; nil where it is.
    func verdict(on key: FactKey, _ limits: LinkLimits) -> Person.Disqualified? {
        if isOverfull(key) { return Person.Disqualified(key, .facts, count: limits.factsMax + 1) }
        var facts: [[FactKey]] = []
        for number in holders(of: key) { facts.append(self[number]?.keys ?? []) }
        return limits.verdict(on: key, among: facts)
    }
}

package import Store
import Time

/// Which orders a change of facts may decide anew.
extension PersonFinder {
    /// The orders of this site whose parts, person or touches the changes may have altered, also by
    /// breaking a link: a key that the new facts disqualify, and a click id whose first sight moves.
    ///
    /// May name an order that nothing happened to, never leaves one out. Called in the transaction that
    /// recorded the changes, and before any other change.
    package func orders(affectedBy changes: FactChanges) throws(StoreFault) -> [OrderAnchor] {
        let own = FactChanges(
            written: changes.written.filter { $0.name.site == site },
            gone: changes.gone.filter { $0.name.site == site })
        guard !own.isEmpty else { return [] }
        var search = AffectedSearch(self, own)
        return try search.anchors()
    }
}

/// One search: walks through the facts that were there before and still are, from every key of a
/// changed fact, once as links were before and, where a change broke or made one, as they are now.
/// Where such a walk finds more than a person can have, persons there were cut before and are now, and
/// only those who hold the key itself can notice.
private struct AffectedSearch: ~Copyable {
    /// Whose links are followed.
    private enum Moment { case before, now }

    private let limits: LinkLimits
    /// Facts that came or went, and their keys.
    private let nodes: [FactGraph.Node]
    private let changed: Set<FactKey>
    private let written: Set<Fact.Name>
    /// Facts that are no longer there, by each of their keys.
    private let gone: [FactKey: [FactGraph.Node]]
    private var graph: FactGraph
    private var orders: OrderGroups
    /// Facts in memory before they are forgotten.
    private static let memoryMax = 20_000
    /// Changed keys that are looked up at once.
    private static let stride = 64

    /// New facts may push a key over its limit: so many more are read to see how it stood before.
    private var holdersMax: Int { limits.factsMax + written.count }

    init(_ finder: PersonFinder, _ changes: FactChanges) {
        limits = finder.limits
        graph = FactGraph(finder.tenant, site: finder.site)
        orders = OrderGroups(site: finder.site)
        written = Set(changes.written.map(\.name))
        let away = changes.gone.map { FactGraph.Node($0) }
        nodes = changes.written.map { FactGraph.Node($0) } + away
        changed = Set(nodes.flatMap(\.keys))
        var gone: [FactKey: [FactGraph.Node]] = [:]
        for node in away {
            for key in node.keys { gone[key, default: []].append(node) }
        }
        self.gone = gone
    }

    mutating func anchors() throws(StoreFault) -> [OrderAnchor] {
        for node in nodes { orders.note(node) }
        var starts = changed.filter(\.joinsPersons)
        starts.formUnion(try keysBesideMovedClicks())
        let beside = try keysBesideMovedLinks()
        try walk(from: starts.union(beside), .before)
        if !beside.isEmpty { try walk(from: starts.union(beside), .now) }
        return orders.anchors()
    }

    // MARK: Where to start

    /// Keys of the facts with a click that is first seen at another time now.
    private mutating func keysBesideMovedClicks() throws(StoreFault) -> Set<FactKey> {
        var keys: Set<FactKey> = []
        for click in changed.filter({ $0.kind == .click }).sorted() {
            try graph.lookUp([click], holdersMax: holdersMax)
            let before = holders(of: click, .before)
            guard firstSight(before) != firstSight(holders(of: click, .now)) else { continue }
            for node in before {
                orders.note(node)
                keys.formUnion(node.keys.filter(\.joinsPersons))
            }
        }
        return keys
    }

    private func firstSight(_ nodes: [FactGraph.Node]) -> Timestamp? {
        nodes.count > limits.factsMax ? nil : nodes.map(\.fact.occurredAt).min()
    }

    /// Keys of the facts that hold a key which was followed before and is not now, or the reverse.
    private mutating func keysBesideMovedLinks() throws(StoreFault) -> Set<FactKey> {
        var keys: Set<FactKey> = []
        var waiting = changed.filter(\.joinsPersons).sorted()[...]
        while !waiting.isEmpty {
            if graph.count > Self.memoryMax { graph.forget() }
            let step = waiting.prefix(Self.stride)
            waiting = waiting.dropFirst(Self.stride)
            try graph.lookUp(Array(step), holdersMax: holdersMax)
            for key in step where follows(key, .before) != follows(key, .now) {
                for node in holders(of: key, .before) {
                    keys.formUnion(node.keys.filter(\.joinsPersons))
                }
            }
        }
        return keys
    }

    // MARK: Walking

    private mutating func walk(from starts: Set<FactKey>, _ moment: Moment) throws(StoreFault) {
        var done: Set<FactKey> = []
        var crowded: Set<FactKey> = []
        for start in starts.sorted() where !done.contains(start) {
            if graph.count > Self.memoryMax { graph.forget() }
            try graph.lookUp([start], holdersMax: holdersMax)
            guard follows(start, moment) else { continue }
            for number in unchanged(start) {
                if let node = graph[number] { orders.note(node) }
            }
            let found = try surroundings(of: start, crowded, moment)
            guard found.isCrowded else {
                done.formUnion(found.followed)
                for node in found.facts.values { orders.note(node) }
                continue
            }
            crowded.formUnion(found.followed)
        }
    }

    private struct Surroundings {
        var facts: [Int64: FactGraph.Node] = [:]
        var followed: Set<FactKey> = []
        var isCrowded = false
    }

    private mutating func surroundings(
        of start: FactKey, _ crowded: Set<FactKey>, _ moment: Moment
    ) throws(StoreFault) -> Surroundings {
        var found = Surroundings()
        var waiting = [start]
        var met: Set<FactKey> = [start]
        while !waiting.isEmpty, !found.isCrowded {
            let step = Array(waiting.suffix(PersonFinder.stride))
            waiting.removeLast(step.count)
            try graph.lookUp(step, holdersMax: holdersMax)
            for key in step where follows(key, moment) {
                found.followed.insert(key)
                if crowded.contains(key) { found.isCrowded = true }
                for number in unchanged(key) where found.facts[number] == nil {
                    guard let node = graph[number] else { continue }
                    found.facts[number] = node
                    waiting += node.keys.filter { $0.joinsPersons && met.insert($0).inserted }
                }
            }
            if found.facts.count > limits.personFactsMax { found.isCrowded = true }
        }
        return found
    }

    /// The facts that hold a key and were there before.
    private func unchanged(_ key: FactKey) -> [Int64] {
        graph.holders(of: key).filter { number in
            graph[number].map { !written.contains($0.fact.name) } ?? false
        }
    }

    /// Whether a key that was looked up links persons.
    private func follows(_ key: FactKey, _ moment: Moment) -> Bool {
        if graph.isOverfull(key) { return false }
        guard changed.contains(key) else { return graph.verdict(on: key, limits) == nil }
        return limits.verdict(on: key, among: holders(of: key, moment).map(\.keys)) == nil
    }

    /// Who holds a key, or held it.
    private func holders(of key: FactKey, _ moment: Moment) -> [FactGraph.Node] {
        var nodes: [FactGraph.Node] = []
        for number in graph.holders(of: key) {
            guard let node = graph[number] else { continue }
            if moment == .now || !written.contains(node.fact.name) { nodes.append(node) }
        }
        return moment == .now ? nodes : nodes + (gone[key] ?? [])
    }
}

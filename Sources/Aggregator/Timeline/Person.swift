/// Everybody that a set of keys leads to, at one site: the facts that are linked by shared keys.
///
/// A pure function of the site's facts and the limits: neither the key that one starts from nor the
/// order in which facts came changes it.
package struct Person: Sendable, Equatable {
    /// Two keys of one fact, both qualified.
    package struct Link: Sendable, Equatable {
        /// The keys, the smaller one first.
        package let first, second: FactKey
        /// The fact that holds both; of several the first by time and name.
        package let evidence: Fact.Name

        /// Names what links two keys.
        package init(_ first: FactKey, _ second: FactKey, evidence: Fact.Name) {
            self.first = first
            self.second = second
            self.evidence = evidence
        }
    }

    /// A key that is shared by too many to tell who somebody is.
    package struct Disqualified: Sendable, Equatable {
        /// The key, which is not followed.
        package let key: FactKey
        /// The limit that it broke.
        package let reason: LinkLimits.Reason
        /// How many were counted; where counting ends early, one more than the limit.
        package let count: Int

        /// Names a key and why it is not followed.
        package init(_ key: FactKey, _ reason: LinkLimits.Reason, count: Int) {
            self.key = key
            self.reason = reason
            self.count = count
        }
    }

    /// Follows from site and smallest key; nil where no key qualifies: nobody in particular.
    package let id: DerivedID?
    /// Each fact that holds a qualified key, by time and name.
    package let facts: [Fact]
    /// The qualified keys, sorted.
    package let keys: [FactKey]
    /// What links them: one link less than there are keys, by the first fact that shows each.
    package let links: [Link]
    /// Keys of these facts that are not followed, sorted.
    package let disqualified: [Disqualified]
    /// Whether there was more than `LinkLimits.personFactsMax`: then these are only the facts that
    /// share a key with the start, and `keys` the start's own.
    package let isCut: Bool

    /// A person as found, for tests of other rooms as well.
    package init(
        site: Int64, facts: [Fact], keys: [FactKey], disqualified: [Disqualified] = [],
        isCut: Bool = false
    ) {
        self.facts = facts.sorted(by: Fact.isBefore)
        self.keys = keys.sorted()
        self.disqualified = disqualified.sorted { $0.key < $1.key }
        self.isCut = isCut
        id = self.keys.first.map { Self.id(site: site, smallest: $0) }
        links = Self.links(of: self.facts, among: Set(keys))
    }

    private static func id(site: Int64, smallest key: FactKey) -> DerivedID {
        DerivedID(
            "person", .integer(site), .integer(Int64(key.kind.rawValue)), .text(key.value))
    }

    /// Goes through the facts by time and keeps each that links what was not linked before.
    private static func links(of facts: [Fact], among keys: Set<FactKey>) -> [Link] {
        var groups = Groups<FactKey>()
        var links: [Link] = []
        for fact in facts {
            let shared = fact.keys.filter(keys.contains)
            guard let first = shared.first else { continue }
            for key in shared.dropFirst() where groups.join(first, key) {
                links.append(Link(first, key, evidence: fact.name))
            }
        }
        return links
    }
}

/// Disjoint groups that grow together.
struct Groups<Member: Hashable> {
    private var parents: [Member: Member] = [:]

    /// The member that stands for a group.
    mutating func root(of member: Member) -> Member {
        var root = member
        while let parent = parents[root] { root = parent }
        var step = member
        while let parent = parents[step], parent != root {
            parents[step] = root
            step = parent
        }
        return root
    }

    /// Makes two groups one; false where they were one already.
    mutating func join(_ left: Member, _ right: Member) -> Bool {
        let (left, right) = (root(of: left), root(of: right))
        guard left != right else { return false }
        parents[right] = left
        return true
    }
}

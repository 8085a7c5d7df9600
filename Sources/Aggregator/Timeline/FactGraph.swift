import Crypto
import Store
import Tenancy
import Time

/// Facts and keys of one site, loaded as they are needed: who holds a key, and what a fact holds.
struct FactGraph: ~Copyable {
    /// A fact and its keys, which are made once. A class, since a fact has fifty members to copy.
    final class Node: Sendable {
        let fact: Fact
        let keys: [FactKey]

        init(_ fact: Fact, keys: [FactKey]? = nil) {
            self.fact = fact
            self.keys = keys ?? fact.keys
        }
    }

    private var stored: StoredFacts
    private let site: Int64
    private let memory: FactMemory?
    private let hasher = SHA256Hasher()
    private var nodes: [Int64: Node] = [:]
    private var holders: [FactKey: [Int64]] = [:]
    private var overfull: Set<FactKey> = []

    /// - Parameter memory: of this transaction, shared with others; nil where each fact is read once.
    init(_ tenant: TenantTransaction, site: Int64, memory: FactMemory? = nil) {
        stored = StoredFacts(tenant)
        self.site = site
        self.memory = memory
    }

    /// The fact of a number that some look-up found.
    subscript(number: Int64) -> Node? { nodes[number] }

    /// The facts that hold a key, by time; empty where it was not looked up.
    func holders(of key: FactKey) -> [Int64] { holders[key] ?? [] }

    /// Whether more facts hold the key than were read.
    func isOverfull(_ key: FactKey) -> Bool { overfull.contains(key) }

    /// How many facts are in memory.
    var count: Int { nodes.count }

    /// Forgets all that was loaded.
    mutating func forget() {
        nodes = [:]
        holders = [:]
        overfull = []
    }

    /// Loads the facts that hold these keys, where that was not done before.
    /// - Parameters:
    ///   - holdersMax: a key that more facts hold is overfull.
    ///   - readsOverfull: whether the earliest holders of such a key are wanted all the same.
    mutating func lookUp(
        _ keys: [FactKey], holdersMax: Int, readsOverfull: Bool = false
    ) throws(StoreFault) {
        let new = Set(keys).filter { holders[$0] == nil }
        guard !new.isEmpty else { return }
        let byDigest = Dictionary(grouping: new) { $0.digest(hasher) }
        var numbers = try numbers(of: Array(byDigest.keys), max: holdersMax + 1)
        if !readsOverfull {
            for (digest, keys) in byDigest where numbers[digest]?.count ?? 0 > holdersMax {
                overfull.formUnion(keys)
                numbers[digest] = []
            }
        }
        try load(Set(numbers.values.joined()).filter { nodes[$0] == nil })
        for (digest, keys) in byDigest {
            let found = numbers[digest] ?? []
            for key in keys {
                // Another value may have the same digest.
                let holding = found.filter { nodes[$0]?.keys.contains(key) == true }
                holders[key] = earliest(holdersMax, of: holding)
                if holding.count > holdersMax { overfull.insert(key) }
            }
        }
    }

    private mutating func load(_ numbers: Set<Int64>) throws(StoreFault) {
        var unknown: [Int64] = []
        for number in numbers {
            if let node = memory?[number] { nodes[number] = node } else { unknown.append(number) }
        }
        for entry in try stored.numbered(unknown.sorted()) {
            let node = Node(entry.fact)
            nodes[entry.number] = node
            memory?.keep(node, entry.number)
        }
    }

    /// Of facts of one time all or none: what came first must not decide.
    private func earliest(_ count: Int, of holding: [Int64]) -> [Int64] {
        guard holding.count > count else { return holding }
        let end = nodes[holding[count]]?.fact.occurredAt ?? .latest
        return holding.prefix(count).filter { nodes[$0].map { $0.fact.occurredAt < end } ?? false }
    }

    /// Who holds these digests, by time.
    private func numbers(of digests: [Int64], max: Int) throws(StoreFault) -> [Int64: [Int64]] {
        var numbers: [Int64: [Int64]] = [:]
        try stored.tenant.runEach(
            Self.select, .constant(.integer(site)), .integers(digests),
            .constant(.integer(Int64(max)))
        ) { numbers[$0.integer(0), default: []].append($0.integer(1)) }
        return numbers
    }

    /// PostgreSQL takes columns as arrays.
    private static let select = TenantSQL(
        sqlite: """
            SELECT digest, fact FROM fact_key
            WHERE organization = $1 AND site = $2 AND digest = $3
            ORDER BY occurred_at_us, fact LIMIT $4
            """,
        postgres: """
            SELECT k.digest, k.fact FROM unnest($3::bigint[]) AS u (digest)
            CROSS JOIN LATERAL (
                SELECT digest, occurred_at_us, fact FROM fact_key
                WHERE organization = $1 AND site = $2 AND digest = u.digest
                ORDER BY occurred_at_us, fact LIMIT $4) AS k
            ORDER BY k.digest, k.occurred_at_us, k.fact
            """)
}

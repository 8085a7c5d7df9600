import Daemon
import Ingest
import Store
import Tenancy
import Time
import Timeline

/// Leaves the facts of each chunk's events, and notes the orders that they may change.
struct TimelineStep: Step {
    static let name = "timeline"

    private let parts: Pipeline.Parts
    /// Chunks taken at once.
    private static let chunksMax = 8
    /// Facts recorded in one transaction: nobody else writes meanwhile.
    private static let factsMax = 250
    /// How long whoever took a chunk may work on it before another takes it: so long the chunks of a
    /// killed aggregator wait. Two working on one are slower, and do no harm.
    private static let claim: Duration = .seconds(10)

    init(_ parts: Pipeline.Parts) { self.parts = parts }

    func turn() async throws -> Bool {
        let items = try await take()
        for item in items {
            do {
                try await work(on: item)
            } catch {
                guard (error as? StoreFault)?.canRetry == false else { throw error }
                parts.log.error(
                    "A chunk cannot be worked on; it is tried again every 10 seconds.",
                    service: Self.name, because: error)
            }
        }
        return !items.isEmpty
    }

    private func take() async throws -> [Work.Item] {
        let now = parts.clock.now()
        let next = try await parts.store.read { try Work($0).nextTime(Self.name) }
        guard let next, next <= now else { return [] }
        return try await parts.store.write {
            try Work($0).claim(
                Self.name, limit: Self.chunksMax, at: now, until: now + Self.claim)
        }
    }

    /// Records a chunk's facts a part at a time. A part that was recorded before a crash changes
    /// nothing when it comes again; its orders were noted with it.
    private func work(on item: Work.Item) async throws {
        let facts = try await parts.store.read { try Self.facts(of: item, $0) }
        let ends = Array(stride(from: Self.factsMax, to: facts.count, by: Self.factsMax))
        var start = 0
        for end in ends + [facts.count] {
            let part = Array(facts[start..<end])
            try await record(part, of: item, isLast: end == facts.count)
            start = end
        }
    }

    private func record(_ facts: [Candidate], of item: Work.Item, isLast: Bool) async throws {
        let (now, limits) = (parts.clock.now(), parts.limits)
        try await parts.store.write { tx in
            let tenant = TenantTransaction(tx, organization: item.organization)
            let changes = try FactTable(tenant, limits: limits).record(facts)
            for site in changes.sites {
                let anchors = try PersonFinder(tenant, site: site, limits: limits).orders(
                    affectedBy: changes)
                try StaleOrders(tenant).add(anchors, because: .events, at: now)
            }
            if isLast { _ = try Work(tx).finish(Self.name, item) }
        }
    }

    private static func facts(of item: Work.Item, _ tx: Transaction) throws -> [Candidate] {
        var reader = FactReader()
        var facts: [Candidate] = []
        for event in try StoredEvents(tx, organization: item.organization).all(ofChunk: item.chunk)
        {
            let place = Fact.Place(chunk: event.place.chunk, line: event.place.line)
            if let fact = reader.read(event.line.span, site: event.site, place: place) {
                facts.append(Candidate(fact))
            }
        }
        return facts
    }
}

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
    private let turns = FairTurns<Int64>()
    /// Chunks taken at once, of one organization.
    private static let chunksMax = 8
    /// Facts recorded in one transaction: nobody else writes there meanwhile.
    private static let factsMax = 250
    /// How long whoever took a chunk may go without leaving a part of its facts before another takes it:
    /// so long the chunks of a killed aggregator wait. Two working on one are slower, and do no harm.
    private static let claim: Duration = .seconds(10)

    init(_ parts: Pipeline.Parts) { self.parts = parts }

    /// A chunk, and its facts that are not left yet.
    private struct Chunk {
        let item: Work.Item
        var facts: ArraySlice<Candidate>
    }

    func turn() async throws -> Bool {
        let items = try await take()
        var left = items
        var busy: [Chunk] = []
        while let item = left.first, !Task.isCancelled {
            try await attempt {
                let facts = try await parts.store.read { try Self.facts(of: item, $0) }
                let rest = try await leave(Chunk(item: item, facts: facts[...]), waits: false)
                if let rest { busy.append(rest) }
            }
            left.removeFirst()
        }
        // Somebody else had their sites; now they are waited for, and nothing starves.
        while let chunk = busy.first, !Task.isCancelled {
            try await attempt { _ = try await leave(chunk, waits: true) }
            busy.removeFirst()
        }
        try await giveBack(left + busy.map(\.item))
        return !items.isEmpty
    }

    /// Lets others have at once what was taken and not worked on: the daemon stops.
    private func giveBack(_ items: [Work.Item]) async throws {
        guard !items.isEmpty else { return }
        let now = parts.clock.now()
        try await parts.store.write { tx in
            for item in items { try Work(tx).extend(Self.name, item, until: now) }
        }
    }

    /// One chunk that cannot be worked on does not hold up the others.
    private func attempt(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            guard (error as? StoreFault)?.canRetry == false else { throw error }
            parts.log.error(
                "A chunk cannot be worked on; it is tried again every 10 seconds.",
                service: Self.name, because: error)
        }
    }

    private func take() async throws -> [Work.Item] {
        let now = parts.clock.now()
        let due = try await parts.store.read { try Work($0).organizations(Self.name, at: now) }
        for organization in turns.order(due) {
            turns.took(organization)
            let items = try await parts.store.write {
                try Work($0).claim(
                    Self.name, of: organization, limit: Self.chunksMax, at: now,
                    until: now + Self.claim)
            }
            if !items.isEmpty { return items }
        }
        return []
    }

    /// Records a chunk's facts a part at a time. A part that was recorded before a crash changes
    /// nothing when it comes again; its orders were noted with it.
    /// - Parameter waits: for sites that another process works on.
    /// - Returns: what is left because another has a site of it; nil where nothing is.
    private func leave(_ chunk: Chunk, waits: Bool) async throws -> Chunk? {
        var rest = chunk
        repeat {
            let part = Array(rest.facts.prefix(Self.factsMax))
            let isLast = part.count == rest.facts.count
            guard try await record(part, of: chunk.item, isLast: isLast, waits: waits) else {
                return rest
            }
            rest.facts = rest.facts.dropFirst(part.count)
        } while !rest.facts.isEmpty && !Task.isCancelled
        return rest.facts.isEmpty ? nil : rest
    }

    /// - Returns: false where nothing was done, since another works on one of the sites.
    private func record(
        _ facts: [Candidate], of item: Work.Item, isLast: Bool, waits: Bool
    ) async throws -> Bool {
        let (now, limits) = (parts.clock.now(), parts.limits)
        let sites = Set(facts.map(\.site)).sorted()
        return try await parts.store.write { tx in
            let tenant = TenantTransaction(tx, organization: item.organization)
            for site in sites {
                if waits {
                    try tenant.waitToFold(site)
                } else if try !tenant.tryToFold(site) {
                    return false
                }
            }
            let changes = try FactTable(tenant, limits: limits).record(facts)
            for site in changes.sites {
                let anchors = try PersonFinder(tenant, site: site, limits: limits).orders(
                    affectedBy: changes)
                try StaleOrders(tenant).add(anchors, because: .events, at: now)
            }
            if isLast {
                _ = try Work(tx).finish(Self.name, item)
            } else {
                try Work(tx).extend(Self.name, item, until: now + Self.claim)
            }
            return true
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

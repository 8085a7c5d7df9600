import Attribution
import Conversions
import ConveyProtocol
import Daemon
import Destinations
import Store
import Tenancy
import Time
import Timeline

/// Judges the orders that may have changed, and writes what came of it: the merged order, its
/// conversions with their credits, and what each destination is to be told.
///
/// SQLite judges in a reading transaction, since nobody else writes what it reads, and keeps the one
/// that writes short. PostgreSQL does both in one for each site, under the site's lock: other processes
/// leave facts there, and judge.
struct OrdersStep: Step {
    static let name = "orders"

    private let parts: Pipeline.Parts
    private let turns = FairTurns<FoldedSite>()
    /// Orders judged at once.
    private static let ordersMax = 256
    /// Orders judged while a site is held.
    private static let heldOrdersMax = 32
    /// Sites that one process judges at the same time.
    private static let sitesMax = 3
    /// Sites looked at in one turn.
    private static let dueSitesMax = 1_000
    /// When an order is tried again that could not be judged.
    private static let rest: Duration = .seconds(60)

    init(_ parts: Pipeline.Parts) { self.parts = parts }

    func turn() async throws -> Bool {
        let now = parts.clock.now()
        let due = try await parts.store.read { tx in
            try StaleOrders.dueSites(Self.dueSitesMax, at: now, in: tx)
        }
        guard !due.isEmpty else { return false }
        let isBusy =
            switch parts.store.kind {
            case .sqlite: try await judgeTogether(turns.order(due), at: now)
            case .postgres: try await judgeEach(turns.order(due), at: now)
            }
        if isBusy { parts.bells.uploads.ring() }
        return isBusy
    }

    /// One order that cannot be judged does not hold up the others.
    private func postpone(_ entry: StaleOrders.Entry, because error: any Error) async throws {
        parts.log.error(
            "An order cannot be judged; it is tried again each minute.", service: Self.name,
            because: error)
        let time = parts.clock.now() + Self.rest
        try await parts.store.write { tx in
            let tenant = TenantTransaction(tx, organization: entry.organization)
            try StaleOrders(tenant).postpone(entry, until: time)
        }
    }

    // MARK: One writer

    private func judgeTogether(_ sites: [FoldedSite], at now: Timestamp) async throws -> Bool {
        let entries = try await parts.store.read { tx in
            var entries: [StaleOrders.Entry] = []
            for site in sites where entries.count < Self.ordersMax {
                let tenant = TenantTransaction(tx, organization: site.organization)
                entries += try StaleOrders(tenant).due(
                    Self.ordersMax - entries.count, ofSite: site.number, at: now)
            }
            return entries
        }
        for entry in entries { turns.took(entry.site) }
        guard !entries.isEmpty else { return false }
        do {
            try await judgeThenWrite(entries)
        } catch {
            guard (error as? StoreFault)?.canRetry == false else { throw error }
            for entry in entries {
                do { try await judgeThenWrite([entry]) } catch {
                    try await postpone(entry, because: error)
                }
            }
        }
        return true
    }

    /// Judging only reads; one short transaction holds all that follows from it.
    private func judgeThenWrite(_ entries: [StaleOrders.Entry]) async throws {
        let groups = Dictionary(grouping: entries, by: \.organization).sorted { $0.key < $1.key }
        let limits = parts.limits
        let judged = try await parts.store.read { tx in
            try groups.map { organization, entries in
                let tenant = TenantTransaction(tx, organization: organization)
                return try Judged(entries, by: tenant, limits: limits)
            }
        }
        let now = parts.clock.now()
        try await parts.store.write { tx in
            for ((organization, _), judged) in zip(groups, judged) {
                try judged.write(in: TenantTransaction(tx, organization: organization), at: now)
            }
        }
    }

    // MARK: Many writers

    /// - Returns: whether any of the sites was free, and had something due.
    private func judgeEach(_ sites: [FoldedSite], at now: Timestamp) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var waiting = sites.makeIterator()
            var isBusy = false
            for _ in 0..<Self.sitesMax {
                guard let site = waiting.next() else { break }
                group.addTask { try await self.judge(site, at: now) }
            }
            while let wasBusy = try await group.next() {
                isBusy = isBusy || wasBusy
                guard let site = waiting.next(), !Task.isCancelled else { continue }
                group.addTask { try await self.judge(site, at: now) }
            }
            return isBusy
        }
    }

    private func judge(_ site: FoldedSite, at now: Timestamp) async throws -> Bool {
        do {
            let count = try await judge(site, limit: Self.heldOrdersMax, at: now)
            if count > 0 { turns.took(site) }
            return count > 0
        } catch {
            guard (error as? StoreFault)?.canRetry == false else { throw error }
            try await judgeOneByOne(site, at: now)
            return true
        }
    }

    private func judgeOneByOne(_ site: FoldedSite, at now: Timestamp) async throws {
        let entries = try await parts.store.read { tx in
            let tenant = TenantTransaction(tx, organization: site.organization)
            return try StaleOrders(tenant).due(Self.heldOrdersMax, ofSite: site.number, at: now)
        }
        for entry in entries {
            do { _ = try await judge(site, only: entry, limit: 1, at: now) } catch {
                try await postpone(entry, because: error)
            }
        }
    }

    /// Judges what is due at a site, and writes what came of it, in one transaction.
    /// - Returns: how many entries; none where another process has the site.
    private func judge(
        _ site: FoldedSite, only one: StaleOrders.Entry? = nil, limit: Int, at now: Timestamp
    ) async throws -> Int {
        let (limits, clock) = (parts.limits, parts.clock)
        return try await parts.store.write { tx in
            let tenant = TenantTransaction(tx, organization: site.organization)
            guard try tenant.tryToFold(site.number) else { return 0 }
            try tenant.shareSettings()
            let entries =
                try one.map { [$0] }
                ?? StaleOrders(tenant).due(limit, ofSite: site.number, at: now)
            guard !entries.isEmpty else { return 0 }
            try Judged(entries, by: tenant, limits: limits).write(in: tenant, at: clock.now())
            return entries.count
        }
    }
}

/// What orders of one organization came to, and the entries for which they were judged.
private struct Judged: Sendable {
    let entries: [StaleOrders.Entry]
    let families: [JudgedFamily]

    init(
        _ entries: [StaleOrders.Entry], by tenant: TenantTransaction, limits: LinkLimits
    ) throws {
        self.entries = entries
        var judge = OrderJudge(tenant, limits: limits)
        families = try judge.judge(entries.map(\.anchor))
    }

    /// Writes all of it, and ends the entries.
    func write(in tenant: TenantTransaction, at now: Timestamp) throws {
        let writer = try OutcomeWriter(tenant, at: now)
        let causes = Causes(entries)
        for family in families {
            try writer.write(family, because: causes.text(for: family.scope))
        }
        for entry in entries { try StaleOrders(tenant).finish(entry) }
    }
}
/// Why orders are judged, by what they are known by.
private struct Causes {
    private var byIdentity: [OrderIdentity: Set<String>] = [:]

    init(_ entries: [StaleOrders.Entry]) {
        for entry in entries {
            for identity in entry.anchor.identities {
                byIdentity[identity, default: []].insert(entry.cause)
            }
        }
    }

    /// Every cause for which orders of a scope are judged. Two sites may share an identity: then one
    /// of them may name a cause too many.
    func text(for scope: OrderScope) -> String {
        let causes = scope.identities.reduce(into: Set<String>()) { found, identity in
            found.formUnion(byIdentity[identity] ?? [])
        }
        return causes.sorted().joined(separator: ", ")
    }
}

package import Daemon
import Store
import Tenancy
import Time

/// Runs every destination that no other process runs: starts a runner for each that appears, and wakes
/// those that have something due. A runner ends by itself once its destination is removed.
package final class UploadService: Service {
    /// What logs call it.
    package let name = "uploads"
    /// How often money is counted.
    private static let countInterval: Duration = .seconds(30)

    private let tools: UploadTools
    private let bell: Bell

    /// - Parameter bell: rung after every commit that put uploads into the queue or changed a
    ///   destination.
    package init(_ tools: UploadTools, bell: Bell) {
        self.tools = tools
        self.bell = bell
    }

    /// A destination that this process serves.
    private struct Served {
        let organization: Int64
        let lease: HeldLease
        let runner: UploadRunner
        var version: Int64
    }

    /// Runs until the daemon stops; requests on their way are then given up, and sent again.
    package func run() async throws {
        var served: [Int64: Served] = [:]
        await withDiscardingTaskGroup { group in
            var isFirst = true
            var countedAt: Timestamp?
            while !Task.isCancelled {
                do {
                    if isFirst, tools.lease.isAlone { try await clear() }
                    isFirst = false
                    try await look(&served, &group)
                    let now = tools.clock.now()
                    if countedAt.map({ now - $0 >= Self.countInterval }) ?? true {
                        countedAt = now
                        try await countMoney(of: Set(served.keys))
                    }
                } catch let fault as StoreFault where fault.kind == .closed {
                    return
                } catch {
                    tools.log.error(
                        "Destinations could not be read.", service: "uploads", because: error)
                }
                await bell.wait(atMost: tools.lease.look, by: tools.ticks)
            }
        }
        await giveUp(served)
    }

    // MARK: Serving

    /// Looks at every destination: wakes those that are served here, takes those that nobody serves.
    private func look(
        _ served: inout [Int64: Served], _ group: inout DiscardingTaskGroup
    ) async throws {
        served = served.filter { !$0.value.lease.isOver }
        try await extend(served)
        for place in try await destinations() {
            if let known = served[place.destination] {
                if place.isWoken || place.version != known.version {
                    known.runner.sendBell.ring()
                }
                if place.version != known.version { known.runner.askBell.ring() }
                served[place.destination]?.version = place.version
            } else if place.isFree, let lease = try await take(place) {
                let runner = UploadRunner(
                    organization: place.organization, destination: place.destination, lease,
                    tools)
                served[place.destination] = Served(
                    organization: place.organization, lease: lease, runner: runner,
                    version: place.version)
                group.addTask { await runner.run() }
            }
        }
    }

    private func take(_ place: Place) async throws -> HeldLease? {
        let (now, terms) = (tools.clock.now(), tools.lease)
        let lease = HeldLease(until: now + terms.duration, random: tools.random)
        let isTaken = try await tools.store.write { transaction in
            let tenant = TenantTransaction(transaction, organization: place.organization)
            return try UploadLeases(tenant, terms, at: now).take(place.destination, by: lease)
        }
        return isTaken ? lease : nil
    }

    /// Tells that this process is alive, where nothing was written for the third part of a lease.
    private func extend(_ served: [Int64: Served]) async throws {
        let (now, terms) = (tools.clock.now(), tools.lease)
        let due = served.filter { $0.value.lease.until < now + terms.duration * 2 / 3 }
        for (organization, mine) in Dictionary(grouping: due, by: \.value.organization) {
            let kept = try await tools.store.write { transaction in
                let leases = UploadLeases(
                    TenantTransaction(transaction, organization: organization), terms, at: now)
                return try mine.sorted { $0.key < $1.key }.filter {
                    try leases.extend($0.key, by: $0.value.lease)
                }
            }
            // The runner of one that was lost finds out with its next step.
            for (_, one) in kept { one.lease.extended(until: now + terms.duration) }
        }
    }

    /// What an earlier process served: it is gone.
    private func clear() async throws {
        try await tools.store.write { try UploadLeases.clear(in: $0) }
    }

    /// Another process need not wait for the leases to end.
    private func giveUp(_ served: [Int64: Served]) async {
        let (now, terms) = (tools.clock.now(), tools.lease)
        guard !terms.isAlone, !served.isEmpty else { return }
        do {
            try await tools.store.write { transaction in
                for (destination, one) in served.sorted(by: { $0.key < $1.key }) {
                    let tenant = TenantTransaction(transaction, organization: one.organization)
                    try UploadLeases(tenant, terms, at: now).giveUp(destination, one.lease)
                }
            }
        } catch {
            tools.log.notice("Leases of destinations were not given up; they end by themselves.")
        }
    }

    // MARK: Looking

    private func destinations() async throws -> [Place] {
        let now = tools.clock.now()
        return try await tools.store.read { transaction in
            try transaction.all(Self.places, .timestamp(now)) { row in
                Place(
                    organization: row.integer(0), destination: row.integer(1),
                    version: row.integer(2), isWoken: row.flag(3), isFree: row.flag(4))
            }
        }
    }

    /// Each process tells of what it serves, so that nothing is told twice.
    private func countMoney(of served: Set<Int64>) async throws {
        let verdicts = tools.verdicts
        let all = try await tools.store.read { try WaitingUploads.all(verdicts, in: $0) }
        tools.metrics.set(all.filter { served.contains($0.destination) })
    }

    /// A destination, and whether something is due or was asked to be looked at.
    private struct Place {
        let organization: Int64
        let destination: Int64
        let version: Int64
        let isWoken: Bool
        /// Whether no process serves it, or none that was heard of in time.
        let isFree: Bool
    }

    private static let places = SQL(
        """
        SELECT d.organization, d.number, d.version,
            CASE WHEN EXISTS (SELECT 1 FROM upload u WHERE u.organization = d.organization
                AND u.destination = d.number AND u.state = 'due')
            OR EXISTS (SELECT 1 FROM upload u WHERE u.organization = d.organization
                AND u.destination = d.number AND u.state = 'held' AND u.look_at_us <= $1)
            THEN 1 ELSE 0 END,
            CASE WHEN l.until_us IS NULL OR l.until_us <= $1 THEN 1 ELSE 0 END
        FROM destination d LEFT JOIN destination_lease l
            ON l.organization = d.organization AND l.destination = d.number
        WHERE d.removed_at_us IS NULL ORDER BY d.number LIMIT 100000
        """)
}

import Accounts
import Daemon
import Ingest
import Store
import Tenancy
import Time

/// Deletes what organizations do not keep any longer: events and their bodies, then their ids. On
/// PostgreSQL it also makes the weeks ahead into which events are stored.
///
/// Facts, conversions, credits, uploads, the ledger and the audit trail stay: so no conversion loses the
/// click that it was credited to. One process works at a time, in transactions so short that ingest
/// keeps its pace; each ends what it began, so that it may be killed between any two.
package struct RetentionService: Service {
    /// What logs call it.
    package let name = "retention"

    private let parts: Pipeline.Parts
    private let metrics: RetentionMetrics
    /// Waits, so that ingest gets its turn; tests do not.
    private let rest: @Sendable (Duration) async -> Void

    /// What is done at once.
    private enum Limits {
        /// Rows of events in a transaction, but for the last chunk's.
        static let lines = 4_000
        /// Ids that are looked at in a transaction.
        static let ids = 5_000
        /// Of the time it takes, the part that others get.
        static let restShare = 4
        /// From the end of one sweep to the next.
        static let pause: Duration = .seconds(600)
        /// Ids are read through so often.
        static let idsEvery: Duration = .seconds(86_400)
        /// Copies of an event are recognised for so long at least, whatever its retention.
        static let idDays = 90
        /// On PostgreSQL a week is dropped once all of it is over; what must not wait for that, since
        /// another organization keeps it longer, goes a day later by rows.
        static let weekDays = 8
    }

    /// Makes the service; an aggregator has one.
    package init(_ parts: Pipeline.Parts) {
        let ticks = parts.ticks
        self.init(parts) { duration in
            do { try await ticks.sleep(for: duration) } catch {}
        }
    }

    /// - Parameter rest: waits.
    init(_ parts: Pipeline.Parts, rest: @escaping @Sendable (Duration) async -> Void) {
        self.parts = parts
        self.rest = rest
        metrics = RetentionMetrics(parts.metrics)
    }

    /// Works until the daemon stops.
    package func run() async throws {
        while !Task.isCancelled {
            await sweep()
            await rest(Limits.pause)
        }
    }

    /// Makes the weeks that are to come. To be called before the first batch is stored, too: a week of
    /// which something was stored elsewhere is not made.
    package func prepare() async {
        let (now, kind) = (parts.clock.now(), parts.store.kind)
        do {
            let made = try await parts.store.write { tx in
                guard try tx.tryLock(Self.lock) else { return 0 }
                return try EventWeeks(tx, of: kind).makeAhead(at: now)
            }
            metrics.made(made)
        } catch let fault as StoreFault where fault.kind == .busy {
            metrics.waited()
        } catch {
            failed(error)
        }
    }

    /// Deletes all that is over now.
    package func sweep() async {
        await prepare()
        do {
            let terms = try await terms()
            try await dropWeeks(terms)
            for term in terms {
                try await expire(term)
                try await forget(term)
            }
        } catch {
            failed(error)
        }
    }

    private static let lock = LockName("retention")

    private func failed(_ error: any Error) {
        metrics.failed()
        parts.log.error(
            "Expiry ended early; it is tried again in ten minutes.", service: name,
            because: error)
    }

    // MARK: Terms

    /// How long an organization keeps its events.
    struct Term: Sendable {
        let organization: Int64
        /// What was set, or what its windows ask for at least.
        let days: Int
    }

    /// A window that was lengthened after the retention was set keeps its clicks all the same.
    func terms() async throws -> [Term] {
        try await parts.store.read { tx in
            try Accounts.all(in: tx).map { organization in
                let tenant = TenantTransaction(tx, organization: organization.number)
                let least = try LongestWindow(tenant).days() + Retention.marginDays
                let days = try Retention.days(of: organization.number, in: tx)
                return Term(organization: organization.number, days: max(days, least))
            }
        }
    }

    private func start(of days: Int) -> Timestamp {
        parts.clock.now() - .seconds(days * 86_400)
    }

    // MARK: Weeks

    /// Drops the weeks that are over for every organization that has something in them.
    private func dropWeeks(_ terms: [Term]) async throws {
        let kind = parts.store.kind
        let days = Dictionary(uniqueKeysWithValues: terms.map { ($0.organization, $0.days) })
        guard let least = days.values.min() else { return }
        for week in try await parts.store.read({ try EventWeeks($0, of: kind).all() })
        where week.end <= start(of: least) {
            do {
                guard let dropped = try await drop(week, days) else { continue }
                metrics.deleted(dropped)
                metrics.dropped()
                parts.log.notice("A week of events was dropped.", [.events: dropped.events])
            } catch let fault as StoreFault where fault.kind == .busy {
                metrics.waited()
            }
        }
    }

    /// Nil where somebody keeps something of the week longer, or a stage has work to do on it.
    /// - Throws: `busy` where a batch was being stored all the while: another time, then.
    private func drop(
        _ week: EventWeeks.Week, _ days: [Int64: Int]
    ) async throws -> EventExpiry.Deleted? {
        let kind = parts.store.kind
        return try await parts.store.write { tx in
            let weeks = EventWeeks(tx, of: kind)
            guard try tx.tryLock(Self.lock),
                try weeks.organizations(in: week).allSatisfy({ organization in
                    days[organization].map { week.end <= start(of: $0) } ?? false
                })
            else { return nil }
            return try weeks.drop(week)
        }
    }

    // MARK: Rows

    private func expire(_ term: Term) async throws {
        let isDivided = parts.store.kind == .postgres
        let time = start(of: term.days + (isDivided ? Limits.weekDays : 0))
        var sum = 0
        while !Task.isCancelled {
            let (deleted, spent) = try await timed { tx in
                guard try tx.tryLock(Self.lock) else { return EventExpiry.Deleted() }
                let expiry = EventExpiry(tx, organization: term.organization)
                return try expiry.delete(try expiry.due(before: time, lines: Limits.lines))
            }
            guard deleted.chunks > 0 else { break }
            metrics.deleted(deleted)
            sum += deleted.events
            await rest(spent * Limits.restShare)
        }
        if sum > 0 { parts.log.notice("Expired events were deleted.", [.events: sum]) }
    }

    /// How long a body and its commit took, without what it waited for its turn: that was others' time.
    private func timed<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> (T, Duration) {
        let (result, begun) = try await parts.store.write { tx in
            let begun = ContinuousClock.now
            return (try body(tx), begun)
        }
        return (result, ContinuousClock.now - begun)
    }

    // MARK: Ids

    /// Ids outlive their events by what is missing to ninety days.
    private func forget(_ term: Term) async throws {
        let time = start(of: max(term.days, Limits.idDays))
        let now = parts.clock.now()
        let isDue = try await parts.store.read { tx in
            try SeenExpiry(tx, organization: term.organization)
                .isDue(since: now - Limits.idsEvery)
        }
        var place: SeenExpiry.Place? = isDue ? .start : nil
        while let from = place, !Task.isCancelled {
            let (page, spent) = try await timed { tx -> (deleted: Int, next: SeenExpiry.Place?) in
                guard try tx.tryLock(Self.lock) else { return (0, nil) }
                let expiry = SeenExpiry(tx, organization: term.organization)
                let (deleted, next) = try expiry.delete(
                    before: time, from: from, looking: Limits.ids)
                try expiry.count(deleted, endedAt: next == nil ? now : nil)
                return (deleted, next)
            }
            metrics.forgot(page.deleted)
            place = page.next
            await rest(spent * Limits.restShare)
        }
    }
}

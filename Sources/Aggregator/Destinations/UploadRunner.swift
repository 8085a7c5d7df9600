package import Crypto
package import Daemon
import FoundationEssentials
package import Store
import Synchronization
import Tenancy
package import Time

/// What runners share.
package struct UploadTools: Sendable {
    /// Makes the client of a destination's platform out of its credential.
    /// - Throws: where the credential cannot be read.
    package typealias PlatformMaker =
        @Sendable (_ destination: Destination, _ secret: String) throws -> any AdPlatform

    let store: Store
    let sealing: SealingKey
    let verdicts: VerdictTable
    let platform: PlatformMaker
    let log: Log
    /// Times that suit the platform.
    package var timing = UploadTiming()
    /// Dates.
    package var clock: any WallClock = SystemClock()
    /// What waiting goes by.
    package var ticks: any Clock<Duration> = ContinuousClock()
    /// What jitter is drawn from.
    package var random: any RandomSource = RandomBytes()
    /// Where uploads' ends are counted.
    package var metrics: UploadMetrics
    /// Who may serve a destination next, and when.
    package var lease = LeaseTerms.alone
    let budgets = RequestBudgets()

    /// Takes what has no default; the rest is set where it differs.
    package init(
        store: Store, sealing: SealingKey, verdicts: VerdictTable, log: Log,
        metrics: UploadMetrics, platform: @escaping PlatformMaker
    ) {
        self.store = store
        self.sealing = sealing
        self.verdicts = verdicts
        self.platform = platform
        self.log = log
        self.metrics = metrics
    }
}

/// Sends what is due to one destination, and asks what became of it. Nothing that happens here delays
/// another destination, but for the limits of a Cloud project that they share.
///
/// Sending and asking are two lanes; each has one request on its way. Every step reads the tables
/// anew, so that a runner may be dropped at any moment and another one begin; and it is a step of the
/// process that has the destination's lease, or none.
actor UploadRunner {
    /// The longest that a lane rests without a look at the tables.
    static let restMax: Duration = .seconds(60)
    private static let faultRest: Duration = .seconds(5)

    nonisolated let sendBell = Bell()
    nonisolated let askBell = Bell()

    private let organization: Int64
    private let number: Int64
    private let lease: HeldLease
    private let tools: UploadTools
    private var breaker: CircuitBreaker
    private var hasRecovered = false
    private var client: (version: Int64, platform: any AdPlatform)?
    /// Whose limits the requests count for.
    private var project = ""

    init(organization: Int64, destination: Int64, _ lease: HeldLease, _ tools: UploadTools) {
        self.organization = organization
        number = destination
        self.lease = lease
        self.tools = tools
        breaker = CircuitBreaker(most: tools.timing.backoffMax)
    }

    /// Runs both lanes until the task is cancelled, the destination is removed or another process
    /// serves it.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.lane(self.sendBell) { await self.send() } }
            group.addTask { await self.lane(self.askBell) { await self.ask() } }
        }
        lease.end()
    }

    private nonisolated func lane(
        _ bell: Bell, _ step: @Sendable () async -> Duration?
    ) async {
        while !Task.isCancelled {
            guard let wait = await step() else { break }
            guard wait > .zero else { continue }
            await bell.wait(atMost: min(wait, Self.restMax), by: tools.ticks)
        }
        lease.end()
        sendBell.ring()
        askBell.ring()
    }

    // MARK: Sending

    /// Sends one request, if one is due and may go.
    /// - Returns: how long to rest before the next call; nil once the destination is gone.
    func send() async -> Duration? {
        await step { destination, platform, now in
            if let wait = self.wait(.ingest, destination, now) { return wait }
            switch try await self.next(destination, platform, now) {
            case .send(let request): return try await self.send(request, destination, platform)
            case .judged: return .zero
            case .nothing: return try await self.rest(destination, \.send)
            }
        }
    }

    private func next(
        _ destination: Destination, _ platform: any AdPlatform, _ now: Timestamp
    ) async throws -> UploadDesk.Next {
        let (isFirst, verdicts) = (!hasRecovered, tools.verdicts)
        let limit = min(platform.uploadsMax, tools.lease.judgedMax)
        let next = try await write(destination.number) { desk in
            if isFirst { try desk.recover() }
            return try desk.next(limit: limit, verdicts: verdicts) {
                platform.preflight($0)
            }
        }
        hasRecovered = true
        return next ?? .nothing
    }

    private func send(
        _ request: OpenRequest, _ destination: Destination, _ platform: any AdPlatform
    ) async throws -> Duration {
        let start = tools.clock.now()
        // The commit took so long that another may serve the destination: it finds the request.
        guard start < lease.until else { throw LeaseLost() }
        tools.budgets.take(.ingest, of: project, at: start)
        let batch = PlatformBatch(
            to: destination.address.platform, request.members.map(\.content.upload),
            validateOnly: request.isValidation)
        let heardBefore = breaker.answeredAt
        let answer = await platform.ingest(batch)
        guard !Task.isCancelled else { return .zero }
        let now = tools.clock.now()
        let plan = UploadPlan(verdicts: tools.verdicts, timing: tools.timing, now: now)
        let aftermath = plan.after(
            answer, to: request, mayHalve: breaker.answeredAt != heardBefore || !breaker.isOpen)
        try await end(
            aftermath, request, UploadAttempt(answer, from: start, to: now), destination)
        if case .accepted = aftermath.ending { askBell.ring() }
        return .zero
    }

    // MARK: Asking

    /// Asks for the verdict of one request, if its time has come.
    /// - Returns: how long to rest before the next call; nil once the destination is gone.
    func ask() async -> Duration? {
        await step { destination, platform, now in
            if let wait = self.wait(.status, destination, now) { return wait }
            guard
                let request = try await self.write(destination.number, { try $0.nextToAsk() })
                    ?? nil,
                let id = request.platformID
            else { return try await self.rest(destination, \.ask) }
            self.tools.budgets.take(.status, of: self.project, at: now)
            let answer = await platform.status(of: id)
            guard !Task.isCancelled else { return .zero }
            let end = self.tools.clock.now()
            let plan = UploadPlan(
                verdicts: self.tools.verdicts, timing: self.tools.timing, now: end)
            try await self.end(
                plan.after(answer, to: request), request,
                UploadAttempt(answer, from: now, to: end), destination)
            self.sendBell.ring()
            return .zero
        }
    }

    // MARK: What both share

    /// Reads the destination as it is now and does a step with it; a fault of ours is told and waited
    /// out, since everything that was promised stands in the tables.
    private func step(
        _ body: (Destination, any AdPlatform, Timestamp) async throws -> Duration
    ) async -> Duration? {
        do {
            let now = tools.clock.now()
            guard !lease.isOver, let destination = try await destination() else { return nil }
            guard let platform = try await platform(of: destination) else {
                return try await withoutCredential(destination, now)
            }
            return try await body(destination, platform, now)
        } catch let fault as StoreFault where fault.kind == .closed {
            return nil
        } catch is LeaseLost {
            tools.log.notice(
                "Another process serves a destination now.", [.destination: number])
            return nil
        } catch {
            // What was sent may not be written down: as after a start.
            hasRecovered = false
            tools.log.error(
                "A step of the uploads failed; it is tried again.", service: "uploads",
                because: error)
            return Self.faultRest
        }
    }

    private func destination() async throws -> Destination? {
        let (organization, number) = (organization, number)
        return try await tools.store.read {
            try DestinationTable(
                TenantTransaction($0, organization: organization), at: .earliest
            ).destination(number)
        }
    }

    /// The client for the credential in force; nil without one that can be read.
    private func platform(of destination: Destination) async throws -> (any AdPlatform)? {
        if let client, client.version == destination.version { return client.platform }
        let (organization, sealing) = (organization, tools.sealing)
        let secret = try await tools.store.read {
            try DestinationSecrets(
                TenantTransaction($0, organization: organization), sealing
            ).secret(of: destination.number)
        }
        guard let secret else { return nil }
        let platform = try tools.platform(destination, secret)
        client = (destination.version, platform)
        project = Self.project(of: destination, secret)
        return platform
    }

    /// As the operator says, else as the credential tells; one that tells nothing stands alone.
    private static func project(of destination: Destination, _ secret: String) -> String {
        if let project = destination.settings.quotaProject { return project }
        do throws(CredentialRefusal) {
            return try GoogleCredential(json: Array(secret.utf8)).project
        } catch {
            return "destination \(destination.number)"
        }
    }

    private func withoutCredential(
        _ destination: Destination, _ now: Timestamp
    ) async throws -> Duration {
        let until = now + tools.timing.holdFor
        if destination.mode != .observe, destination.hold.map({ $0.until <= now }) ?? true {
            try await write(destination.number) { try $0.holdForCredential(until: until) }
        }
        return tools.timing.holdFor
    }

    /// How long a lane must rest for the destination's or the platform's sake; nil: it may go on.
    private func wait(
        _ kind: UploadAttempt.Kind, _ destination: Destination, _ now: Timestamp
    ) -> Duration? {
        if let hold = destination.hold, hold.until > now,
            kind == .ingest || hold.code == UploadCode.credential.rawValue
        {
            return hold.until - now
        }
        if let wait = breaker.wait(at: now) { return wait }
        let wait = tools.budgets.wait(kind, of: project, at: now)
        return wait > .zero ? wait : nil
    }

    private func rest(
        _ destination: Destination, _ time: (((send: Timestamp?, ask: Timestamp?)) -> Timestamp?)
    ) async throws -> Duration {
        let now = tools.clock.now()
        let times = try await read(destination) { try $0.nextTime() }
        guard let next = time(times) else { return Self.restMax }
        return max(next - now, .milliseconds(1))
    }

    private func end(
        _ aftermath: Aftermath, _ request: OpenRequest, _ attempt: UploadAttempt,
        _ destination: Destination
    ) async throws {
        breaker.heard(aftermath.health, random: tools.random.fraction(), at: tools.clock.now())
        try await write(destination.number) { try $0.apply(aftermath, to: request, attempt) }
        tools.metrics.count(aftermath, request, attempt)
        tell(aftermath, destination)
    }

    private func tell(_ aftermath: Aftermath, _ destination: Destination) {
        if let hold = aftermath.hold {
            tools.log.error(
                "A destination is held; nothing is lost.",
                [
                    .destination: destination.number, .code: hold.detail,
                    .remedy: tools.verdicts.verdict(of: hold.detail).fix,
                ])
        } else if aftermath.endsHold, destination.hold != nil {
            tools.log.notice("A destination sends again.", [.destination: destination.number])
        }
        for code in Set(aftermath.unknownCodes) {
            tools.log.error(
                "A platform gave a code that the table of verdicts does not know.",
                [.destination: destination.number, .code: code])
        }
    }

    private func read<T: Sendable>(
        _ destination: Destination, _ body: @escaping @Sendable (UploadDesk) throws -> T
    ) async throws -> T {
        let (organization, now) = (organization, tools.clock.now())
        return try await tools.store.read {
            try body(
                UploadDesk(
                    TenantTransaction($0, organization: organization), destination, at: now))
        }
    }

    /// Runs a durable step on the destination as it is in that transaction; nil once it is gone.
    /// - Throws: `LeaseLost` where another process serves it; then nothing of the step is kept.
    @discardableResult
    private func write<T: Sendable>(
        _ destination: Int64, _ body: @escaping @Sendable (UploadDesk) throws -> T
    ) async throws -> T? {
        let (organization, now, lease) = (organization, tools.clock.now(), lease)
        let terms = tools.lease
        let made: T? = try await tools.store.write { transaction in
            let tenant = TenantTransaction(transaction, organization: organization)
            try tenant.shareSettings()
            guard
                let destination = try DestinationTable(tenant, at: now).destination(destination)
            else { return nil }
            guard
                try UploadLeases(tenant, terms, at: now).extend(destination.number, by: lease)
            else { throw LeaseLost() }
            return try body(UploadDesk(tenant, destination, at: now))
        }
        lease.extended(until: now + terms.duration)
        return made
    }
}

extension LogField {
    /// The destination's short number.
    static let destination = LogField("destination")
}

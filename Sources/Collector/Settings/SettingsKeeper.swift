package import Buffer
package import ConveyProtocol
package import Crypto
package import Daemon
package import HTTP
import Synchronization

/// Keeps the newest settings at hand: from the buffer's file at the start, from the aggregator when a
/// receipt tells of newer ones. Without contact the cached ones hold, for months.
package final class SettingsKeeper: Service {
    /// For the log.
    package let name = "settings"
    private static let keptAs = "settings"
    /// Asked for once at the start: whatever is newest.
    private static let whatever: Int64 = 0
    private static let associatedData = Array("collector settings".utf8)

    private let exchange: SignedExchange
    private let buffer: Buffer::Buffer
    private let collector: CollectorID
    private let seal: SealingKey
    /// Of the key before; opens a cache that was sealed under it.
    private let formerSeal: SealingKey?
    private let tools: Tools
    private let current = Mutex<SiteSettings?>(nil)
    /// Whether the cache is still sealed under the former key, and its secrets boxed to that: it is then
    /// fetched anew whatever its version.
    private let restsOnFormerKey = Mutex(false)
    private let wanted: AsyncStream<Int64>
    private let wantedInput: AsyncStream<Int64>.Continuation

    /// What a keeper takes from outside.
    package struct Tools: Sendable {
        let ticks: any Clock<Duration>
        let random: any RandomSource
        let log: Log
        let apply: @Sendable (SiteSettings) -> Void
        let formerKeyIsDone: @Sendable () -> Void

        /// - Parameters:
        ///   - ticks: what waiting goes by.
        ///   - random: what jitter and seals are drawn from.
        ///   - apply: hears of every newer version, the cached one first.
        ///   - formerKeyIsDone: hears when the cache needs the key no more that was followed by another;
        ///     at every start and after every fetch, also where there is none.
        package init(
            ticks: any Clock<Duration> = ContinuousClock(),
            random: any RandomSource = RandomBytes(), log: Log,
            apply: @escaping @Sendable (SiteSettings) -> Void,
            formerKeyIsDone: @escaping @Sendable () -> Void = {}
        ) {
            (self.ticks, self.random) = (ticks, random)
            (self.log, self.apply) = (log, apply)
            self.formerKeyIsDone = formerKeyIsDone
        }
    }

    /// - Parameters:
    ///   - exchange: with the aggregator.
    ///   - buffer: whose file keeps the settings, sealed.
    package init(
        of identity: EdgeIdentity, _ exchange: SignedExchange, in buffer: Buffer::Buffer,
        _ tools: Tools
    ) {
        self.exchange = exchange
        self.buffer = buffer
        self.tools = tools
        collector = identity.collector
        seal = SealingKey(derivedFrom: identity.key, purpose: "settings")
        formerSeal = identity.formerKey.map { SealingKey(derivedFrom: $0, purpose: "settings") }
        (wanted, wantedInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        wantedInput.yield(Self.whatever)
    }

    /// The version in force; nil before any came.
    package var version: Int64? { current.withLock { $0?.version } }

    /// Hears that a version exists; from any thread. What is not newer costs nothing.
    package func heard(of version: Int64) {
        guard version > self.version ?? 0 else { return }
        wantedInput.yield(version)
    }

    /// Puts the cached settings in force, if there are any; called once, before `run`.
    package func restore() async {
        do {
            guard let sealed = try await buffer.kept(Self.keptAs) else { return }
            let settings = try SiteSettings(json: try open(sealed))
            guard settings.collector == collector else { return }
            use(settings)
            if !restsOnFormerKey.withLock({ $0 }) { tools.formerKeyIsDone() }
        } catch {
            tools.log.warning(
                "The cached settings cannot be read; they are fetched anew.",
                [.remedy: "Nothing, if the aggregator can be reached."])
        }
    }

    private func open(_ sealed: [UInt8]) throws(SealRefusal) -> [UInt8] {
        do throws(SealRefusal) {
            return try seal.open(sealed, associatedData: Self.associatedData)
        } catch {
            guard let formerSeal else { throw error }
            let bytes = try formerSeal.open(sealed, associatedData: Self.associatedData)
            restsOnFormerKey.withLock { $0 = true }
            return bytes
        }
    }

    /// Fetches whenever newer settings are told of, until the daemon stops.
    package func run() async throws {
        for await version in wanted {
            guard version == Self.whatever || version > self.version ?? 0 else { continue }
            await fetchUntilDone(version)
        }
    }

    private func fetchUntilDone(_ version: Int64) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            if await fetch(atLeast: version) { return }
            do {
                try await tools.ticks.sleep(for: backoff.failed(random: tools.random.fraction()))
            } catch {
                return
            }
        }
    }

    /// Asks once.
    /// - Returns: whether the newest settings are in force now.
    private func fetch(atLeast version: Int64) async -> Bool {
        do {
            let isKnown = version == Self.whatever && !restsOnFormerKey.withLock { $0 }
            var answer = try await ask(ifNoneMatch: isKnown ? self.version : nil)
            if answer.status == 304, self.version ?? 0 < version {
                answer = try await ask(ifNoneMatch: nil)
            }
            if answer.status == 304 { return true }
            guard answer.status == 200 else {
                tools.log.warning(
                    "The aggregator gave no settings.", [LogField("status"): answer.status])
                return false
            }
            let settings = try SiteSettings(json: answer.body)
            try await keep(settings, answer.body)
            return settings.version >= version
        } catch let fault as any Fault {
            tools.log.warning(
                "No settings could be fetched.", [.cause: fault.cause, .remedy: fault.remedy])
            return false
        } catch {
            tools.log.warning(
                "The settings are not understood.",
                [.remedy: "Upgrade the collector to the aggregator's version."])
            return false
        }
    }

    private func ask(ifNoneMatch version: Int64?) async throws(ExchangeFault) -> Response {
        var headers = Headers()
        if let version { headers.add("If-None-Match", "\"\(version)\"") }
        return try await exchange.send(
            SignedExchange.Message(.get, SiteSettings.path, headers: headers),
            at: buffer.clock.stamp().time)
    }

    private func keep(_ settings: SiteSettings, _ body: [UInt8]) async throws {
        let isNewer = settings.version > version ?? 0
        let replacesFormer = restsOnFormerKey.withLock { $0 } && settings.version == version
        guard isNewer || replacesFormer else { return }
        let sealed = seal.seal(
            body, associatedData: Self.associatedData, random: tools.random)
        try await buffer.keep(sealed, as: Self.keptAs)
        restsOnFormerKey.withLock { $0 = false }
        use(settings)
        tools.formerKeyIsDone()
        tools.log.notice("New settings are in force.", [.version: settings.version])
    }

    /// An older version never replaces a newer one; the same may have its secrets in other boxes.
    private func use(_ settings: SiteSettings) {
        let isNewer = current.withLock { current in
            guard settings.version >= current?.version ?? 0 else { return false }
            current = settings
            return true
        }
        if isNewer { tools.apply(settings) }
    }
}

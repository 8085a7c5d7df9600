import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Delivery
import HTTP
import Intake
import Settings
import Synchronization
import Time

/// Everything that goes between this collector and its aggregator: delivery and settings, from the
/// moment of the enrolment. Without one it waits, and events are refused meanwhile.
final class Correspondence: Service {
    let name = "delivery"
    private let place: IdentityPlace
    private let buffer: Buffer
    private let intake: Intake
    private let log: Log
    private let parts = Mutex<Parts?>(nil)
    private let isChangingKey = Mutex(false)
    private let reloads = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// What runs for one enrolment.
    private struct Parts: Sendable {
        let identity: EdgeIdentity
        let sender: Sender
        let keeper: SettingsKeeper
    }

    init(_ place: IdentityPlace, _ buffer: Buffer, _ intake: Intake, log: Log) {
        (self.place, self.buffer) = (place, buffer)
        (self.intake, self.log) = (intake, log)
    }

    /// How it stands; from any thread.
    var report: CorrespondenceReport {
        guard let parts = parts.withLock({ $0 }) else { return CorrespondenceReport() }
        return CorrespondenceReport(
            enrolment: .init(
                collector: parts.identity.collector, aggregator: parts.identity.aggregator.url),
            settingsVersion: parts.keeper.version, delivery: parts.sender.status)
    }

    /// Declares delivery's metrics; zeros before the enrolment.
    func publish(in metrics: MetricRegistry) {
        DeliveryReport.publish(in: metrics) { [self] in report.delivery }
    }

    /// Looks at the enrolment again, after somebody has enrolled this collector; from any thread.
    func reload() { reloads.continuation.yield() }

    /// Puts the enrolment and the cached settings in force, before any request comes in.
    func open() async throws {
        guard let identity = try place.read() else {
            log.warning(
                "This collector is not enrolled; events are refused.",
                [.remedy: "Run convey-collector enroll with a token of the aggregator."])
            return
        }
        await use(identity)
    }

    func run() async throws {
        var reloads = reloads.stream.makeAsyncIterator()
        while !Task.isCancelled {
            let current = parts.withLock { $0 }
            let next = await withTaskGroup(of: EdgeIdentity?.self) { group in
                if let current {
                    group.addTask { await self.work(current) }
                }
                defer { group.cancelAll() }
                return await nextIdentity(after: current?.identity, &reloads)
            }
            guard let next else { return }
            await use(next)
        }
    }

    private func work(_ parts: Parts) async -> EdgeIdentity? {
        do {
            async let delivered: Void = parts.sender.run()
            async let kept: Void = parts.keeper.run()
            async let changed: Void = finishKeyChanges()
            _ = try await (delivered, kept, changed)
        } catch {
            log.error("Delivery failed.", service: name, because: error)
        }
        return nil
    }

    // MARK: The collector's key

    /// Changes this collector's key, or goes on with a change that was cut off; one at a time.
    /// - Returns: the new key.
    func rotateKey() async throws -> VerifyingKey {
        guard let identity = try place.read() else { throw TrustFault.notEnrolled }
        let isFirst = isChangingKey.withLock { isChanging in
            defer { isChanging = true }
            return !isChanging
        }
        guard isFirst else { throw KeyRotationFault.notOver }
        defer { isChangingKey.withLock { $0 = false } }
        let changed = try await KeyRotation(of: identity, in: place).run(
            over: identity.exchanges(in: place, log: log), at: buffer.clock.stamp().time,
            random: RandomBytes())
        log.notice(
            "This collector signs with a new key.",
            [LogField("fingerprint"): changed.key.verifyingKey.fingerprint])
        reload()
        return changed.key.verifyingKey
    }

    /// Goes on with what was cut off, by a crash or by the network, until it is done.
    private func finishKeyChanges() async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                if place.hasDraft { _ = try await rotateKey() }
                backoff.succeeded()
            } catch {
                let fault = error as? any Fault
                log.warning(
                    "The collector's key was not changed yet.",
                    [.cause: fault?.cause ?? "\(type(of: error))", .remedy: fault?.remedy ?? ""])
            }
            let random = RandomBytes().fraction()
            let wait = place.hasDraft ? backoff.failed(random: random) : Self.draftInterval
            do {
                try await ContinuousClock().sleep(for: wait)
            } catch {
                return
            }
        }
    }

    private static let draftInterval: Duration = .seconds(30)

    private func forgetFormerKey() {
        do {
            try place.forgetFormerKey()
        } catch {
            log.error("The former key could not be removed.", service: name, because: error)
        }
    }

    /// Waits for an enrolment that differs; nil when the daemon stops.
    private func nextIdentity(
        after current: EdgeIdentity?, _ reloads: inout AsyncStream<Void>.Iterator
    ) async -> EdgeIdentity? {
        while await reloads.next(isolation: nil) != nil {
            do {
                guard let identity = try place.read(), identity.differs(from: current) else {
                    continue
                }
                return identity
            } catch {
                log.error("The enrolment cannot be read.", service: name, because: error)
            }
        }
        return nil
    }

    private func use(_ identity: EdgeIdentity) async {
        let client = Client(identity.clientSettings, name: "delivery")
        let exchange = identity.exchange(
            over: client, trusting: AggregatorTrust(of: identity, in: place, over: client, log: log)
        )
        let keeper = SettingsKeeper(
            of: identity, exchange, in: buffer,
            .init(log: log) { [intake] settings in
                intake.use(
                    IntakeSites(settings) { box, site, use in
                        identity.boxKeys.lazy.compactMap {
                            WebhookSecretBox.open(box, for: site, use, with: $0)
                        }.first
                    })
            } formerKeyIsDone: { [self] in
                forgetFormerKey()
            })
        let sender = Sender(
            SenderIdentity(
                collector: identity.collector, exchange: exchange, shipper: collectorShipper),
            from: buffer, .init(log: log) { keeper.heard(of: $0) })
        await keeper.restore()
        parts.withLock { $0 = Parts(identity: identity, sender: sender, keeper: keeper) }
        log.notice(
            "This collector is enrolled.",
            [
                .collector: identity.collector.description,
                LogField("aggregator"): identity.aggregator.url,
            ])
    }
}

/// How delivery and settings stand.
struct CorrespondenceReport: Sendable {
    struct Enrolment: Sendable {
        let collector: CollectorID
        let aggregator: String
    }

    /// Nil before the collector was enrolled.
    var enrolment: Enrolment?
    /// Nil before any settings came.
    var settingsVersion: Int64?
    var delivery = DeliveryReport()
}

extension EdgeIdentity {
    fileprivate func differs(from other: EdgeIdentity?) -> Bool {
        collector != other?.collector || aggregator != other?.aggregator
            || pinned.base64URL != other?.pinned.base64URL || authority != other?.authority
            || key.verifyingKey != other?.key.verifyingKey
    }
}

import Buffer
import ConveyProtocol
package import HTTP
import Synchronization
package import Time

/// The collector's front door: one request in, events into the buffer, answer out. Every 2xx is sent
/// after the events are on the disk.
package final class Intake: Sendable {
    /// What came and what became of it.
    package let counters = IntakeCounters()
    let store: any EventStore
    let benches = WorkbenchPool()
    /// What redirects wait by.
    let ticks: any Clock<Duration>
    let waitingLinks = WaitingCount()
    private let limiter: RateLimiter
    private let current: Mutex<Current>

    /// What may change while requests come in.
    private struct Current {
        var sites = IntakeSites()
        var settings: IntakeSettings
        /// How many requests had come through unnamed proxies when these settings came.
        var untrustedBefore: Int64 = 0
    }

    /// Knows no site until `use`.
    /// - Parameters:
    ///   - uptime: What rate limits are measured by.
    ///   - ticks: What redirects wait by.
    package init(
        _ store: any EventStore, settings: IntakeSettings = IntakeSettings(),
        uptime: any Uptime = SystemUptime(), ticks: any Clock<Duration> = ContinuousClock()
    ) {
        self.ticks = ticks
        self.store = store
        current = Mutex(Current(settings: settings))
        limiter = RateLimiter(uptime: uptime)
    }

    /// Takes over new settings; requests that come from now on see them.
    package func use(_ sites: IntakeSites) {
        current.withLock { $0.sites = sites }
    }

    /// Takes over what the operator has changed. Routes keep the largest body and the longest wait that
    /// they were made with.
    package func use(_ settings: IntakeSettings) {
        current.withLock { current in
            current.settings = settings
            current.untrustedBefore = counters.untrustedProxyRequests
        }
    }

    /// Requests through a proxy that is not trusted, since its operator last said whom to trust.
    package var untrustedProxyRequests: Int64 {
        counters.untrustedProxyRequests - current.withLock { $0.untrustedBefore }
    }

    /// The routes of this room, by kind of sender.
    package var routes: [Route] {
        let kinds = [
            eventRoutes,
            segmentRoutes,
            webhookRoutes,
            pixelRoutes,
            cartRoutes,
            linkRoutes,
            conversionRoutes,
        ]
        let ready = Route(.get, "/readyz", handler: .direct { [self] in $1.send(readiness($0)) })
        return (kinds.flatMap(\.self) + [ready]).map { route in
            route.described(IntakeOperations.operation(route))
        }
    }

    /// Whose requests a request is counted with: an IPv6 customer's whole /64 is one.
    package func countedAddress(of request: Request) -> IPAddress? {
        settings.trustedProxies.countedAddress(of: request).map { $0.isV4 ? $0 : $0.prefix(64) }
    }

    /// The sites as they are known now.
    var sites: IntakeSites { current.withLock { $0.sites } }

    /// What the operator wants now.
    var settings: IntakeSettings { current.withLock { $0.settings } }

    /// What decides of a request that comes now who may send.
    func admission() throws(IntakeRefusal) -> Admission {
        let sites = sites
        guard sites.count > 0 else { throw .noSettings }
        return Admission(
            sites: sites, settings: settings, limiter: limiter, counters: counters,
            stamp: store.stamp())
    }

    /// A route whose answer waits for its commit.
    func committing(
        _ path: String, bodyBytesMax: Int,
        _ take: @escaping @Sendable (Request, Answer) -> Void
    ) -> Route {
        Route(
            .post, path,
            limits: Route.Limits(
                bodyBytesMax: bodyBytesMax, answerWithin: settings.commitWithin),
            handler: .direct(take))
    }

    // MARK: What most endpoints share

    /// Commits the events that a request brought and answers in its sender's form. A page may read the
    /// answer, also why all was refused.
    func take(
        _ request: Request, _ answer: Answer, _ read: () throws(IntakeRefusal) -> Reception,
        answering form: ([EventOutcome]) -> EventAnswer
    ) {
        do throws(IntakeRefusal) {
            let received = try read()
            let form = form(received.outcomes)
            let origin = CrossOrigin.origin(of: request)
            commit(received.incoming, received.outcomes, answer) { refusals in
                CrossOrigin.allow(origin, in: form.response(refusals))
            }
        } catch {
            count(error, in: .pageview)
            answer.send(refusal(error, request))
        }
    }

    /// The body without its content encoding, within the limit of the settings.
    func decodedBody(of request: Request) throws(IntakeRefusal) -> [UInt8] {
        do throws(BodyRefusal) {
            return try request.decodedBody(bytesMax: settings.bodyBytesMax)
        } catch {
            throw .encoding(error)
        }
    }

    /// A page may read why it was refused, where its origin is one of ours.
    func refusal(_ refusal: IntakeRefusal, _ request: Request) -> Response {
        guard let origin = CrossOrigin.origin(of: request), isKnown(origin: origin) else {
            return refusal.response(request.id)
        }
        return CrossOrigin.allow(origin, in: refusal.response(request.id))
    }

    func preflight(_ request: Request) -> Response {
        CrossOrigin.preflight(request) { origin in
            guard !settings.takesAnyOrigin, let key = request.query["key"] else {
                return isKnown(origin: origin)
            }
            return sites.site(siteKey: key)?.origins.contains(origin) ?? false
        }
    }

    private func isKnown(origin: String) -> Bool {
        settings.takesAnyOrigin || sites.isKnown(origin: origin)
    }

    // MARK: The commit

    /// Hands the events to the buffer and answers when it has them. The usual answer is made before,
    /// so that the buffer's writer need not make it.
    func commit(
        _ incoming: IncomingEvents, _ outcomes: [EventOutcome], _ answer: Answer,
        response: @escaping @Sendable (PerLane<BufferReason?>) -> Response
    ) {
        let none = PerLane<BufferReason?>(repeating: nil)
        let usual = response(none)
        for case .faulty(let fault, let lane) in outcomes.lazy.map(\.result) {
            store.countRefused(1, as: fault.code.rawValue, in: lane)
        }
        guard Lane.allCases.contains(where: { incoming.count($0) > 0 }) else {
            counters.count(outcomes, none)
            answer.send(usual)
            return
        }
        store.append(incoming) { [counters] refusals in
            let reasons = refusals.map { $0.map(BufferReason.init) }
            counters.count(outcomes, reasons)
            let isStored = Lane.allCases.allSatisfy { reasons[$0] == nil }
            answer.send(isStored ? usual : response(reasons))
        }
    }

    /// A request that is turned away whole counts as one event, in the lane that its sender's events
    /// would mostly have: nobody knows what it held.
    func count(_ refusal: IntakeRefusal, in lane: Lane) {
        counters.count(refusal)
        store.countRefused(1, as: refusal.code, in: lane)
    }

    /// Whether an event could be made durable now.
    private func readiness(_ request: Request) -> Response {
        if let refusal = store.shutBecause {
            return .problem(
                503, refusal.rawValue, BufferReason(refusal).sentence, requestID: request.id)
        }
        guard sites.count > 0 else {
            return IntakeRefusal.noSettings.response(request.id)
        }
        return .text(200, "ready\n")
    }
}

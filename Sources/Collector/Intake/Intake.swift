import Buffer
import ConveyProtocol
package import HTTP
import Synchronization

/// The collector's front door: one request in, events into the buffer, answer out. Every 2xx is sent
/// after the events are on the disk.
package final class Intake: Sendable {
    /// What came and what became of it.
    package let counters = IntakeCounters()
    private let store: any EventStore
    private let settings: IntakeSettings
    private let sites = Mutex(IntakeSites())
    private let benches = WorkbenchPool()

    /// Knows no site until `use`.
    package init(_ store: any EventStore, settings: IntakeSettings = IntakeSettings()) {
        self.store = store
        self.settings = settings
    }

    /// Takes over new settings; requests that come from now on see them.
    package func use(_ sites: IntakeSites) {
        self.sites.withLock { $0 = sites }
    }

    /// The routes of this room.
    package var routes: [Route] {
        let events = Route.Limits(
            bodyBytesMax: settings.bodyBytesMax, answerWithin: settings.commitWithin)
        let webhooks = Route.Limits(
            bodyBytesMax: Shopify.bodyBytesMax, answerWithin: settings.commitWithin)
        return [
            Route(
                .post, "/v1/events", limits: events,
                handler: .direct { [self] in
                    takeEvents($0, $1)
                }),
            Route(
                .options, "/v1/events",
                handler: .direct { [self] in
                    $1.send(preflight($0))
                }),
            Route(
                .post, Shopify.path, limits: webhooks,
                handler: .direct { [self] in
                    takeWebhook($0, $1)
                }),
            Route(.get, "/readyz", handler: .direct { [self] in $1.send(readiness($0)) }),
        ]
    }

    // MARK: Events

    private func takeEvents(_ request: Request, _ answer: Answer) {
        let sites = sites.withLock { $0 }
        do throws(IntakeRefusal) {
            let reader = try read(request, sites)
            let form = EventAnswer(
                outcomes: reader.outcomes, requestID: request.id,
                isMinimal: request.headers.equals("prefer", "return=minimal"))
            let origin = CrossOrigin.origin(of: request)
            commit(reader.incoming, reader.outcomes, answer) { refusals in
                CrossOrigin.allow(origin, in: form.response(refusals))
            }
        } catch {
            count(error, in: .pageview)
            answer.send(refusal(error, request, sites))
        }
    }

    private func read(
        _ request: Request, _ sites: IntakeSites
    ) throws(IntakeRefusal) -> EventReader {
        guard sites.count > 0 else { throw .noSettings }
        var reader = try EventReader(request, sites, settings, store.stamp())
        let body: [UInt8]
        do throws(BodyRefusal) {
            body = try request.decodedBody(bytesMax: settings.bodyBytesMax)
        } catch {
            throw .encoding(error)
        }
        try benches.use { bench throws(IntakeRefusal) in try reader.read(body, on: bench) }
        return reader
    }

    /// A page may read why it was refused, where its origin is one of ours.
    private func refusal(
        _ refusal: IntakeRefusal, _ request: Request, _ sites: IntakeSites
    ) -> Response {
        guard let origin = CrossOrigin.origin(of: request), sites.isKnown(origin: origin) else {
            return refusal.response(request.id)
        }
        return CrossOrigin.allow(origin, in: refusal.response(request.id))
    }

    private func preflight(_ request: Request) -> Response {
        let sites = sites.withLock { $0 }
        return CrossOrigin.preflight(request) { origin in
            guard let key = request.query["key"] else { return sites.isKnown(origin: origin) }
            return sites.site(siteKey: key)?.origins.contains(origin) ?? false
        }
    }

    // MARK: Webhooks

    private func takeWebhook(_ request: Request, _ answer: Answer) {
        let sites = sites.withLock { $0 }
        do throws(IntakeRefusal) {
            guard sites.count > 0 else { throw .noSettings }
            guard let site = sites.site(named: request.pathParameters["site"] ?? ""),
                site.settings.platform == .shopify
            else { throw .siteUnknown }
            try Shopify.verify(request, for: site)
            guard site.settings.isEnabled, site.settings.isOn(.webhooks) else {
                counters.countDroppedWebhook()
                answer.send(Response(200))
                return
            }
            takeVerified(request, site, answer)
        } catch {
            count(error, in: .conversion)
            answer.send(error.response(request.id))
        }
    }

    /// From here on the answer is 200, whatever the body holds; 503 only when it cannot be kept.
    private func takeVerified(_ request: Request, _ site: IntakeSite, _ answer: Answer) {
        let stamp = store.stamp()
        var incoming = IncomingEvents(stamp: stamp)
        var context = EventContext(
            rules: site.rules, source: .shopify, credential: .webhook, receivedAt: stamp.time)
        context.clockOffsetMilliseconds = stamp.offsetMilliseconds
        let outcome = benches.use { bench in
            ShopifyWebhook(request, site).write(context, on: bench, into: &incoming)
        }
        commit(incoming, [outcome], answer) { refusals in
            guard case .taken(let lane) = outcome.result, let reason = refusals[lane] else {
                return Response(200)
            }
            return .problem(503, reason.code, reason.sentence, requestID: request.id)
                .with("Retry-After", reason.retryAfter)
        }
    }

    // MARK: The commit

    /// Hands the events to the buffer and answers when it has them. The usual answer is made before,
    /// so that the buffer's writer need not make it.
    private func commit(
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
    private func count(_ refusal: IntakeRefusal, in lane: Lane) {
        counters.count(refusal)
        store.countRefused(1, as: refusal.code, in: lane)
    }

    /// Whether an event could be made durable now.
    private func readiness(_ request: Request) -> Response {
        if let refusal = store.shutBecause {
            return .problem(
                503, refusal.rawValue, BufferReason(refusal).sentence, requestID: request.id)
        }
        guard sites.withLock({ $0.count }) > 0 else {
            return IntakeRefusal.noSettings.response(request.id)
        }
        return .text(200, "ready\n")
    }
}

import Buffer
import ConveyProtocol
import HTTP

/// A platform whose shops send webhooks.
protocol WebhookPlatform: Sendable {
    associatedtype Event: WebhookEvent
    /// Ends in the site.
    static var path: String { get }
    static var platform: SiteSettings.Platform { get }
    static var source: EventSource { get }

    /// Whether a request only asks if somebody is here; platforms do so without a signature.
    static func isPing(_ request: Request) -> Bool

    /// Checks who sends: the signature over the raw body under one of the site's secrets, in constant
    /// time, and what else the platform lets one check.
    static func verify(_ request: Request, for site: IntakeSite) throws(IntakeRefusal)

    /// What a verified request says.
    func event(of request: Request, for site: IntakeSite) -> Event
}

/// The webhooks of all platforms. Platforms switch a receiver off that refuses what they signed, so
/// every verified webhook gets 200, whatever it holds; 503 only when it cannot be kept.
extension Intake {
    /// Largest body of a webhook; what is signed and smaller is never refused.
    static let webhookBytesMax = 4_194_304

    var webhookRoutes: [Route] { [route(of: Shopify()), route(of: WooCommerce())] }

    private func route<Platform: WebhookPlatform>(of platform: Platform) -> Route {
        committing(Platform.path, bodyBytesMax: Self.webhookBytesMax) { [self] request, answer in
            take(request, from: platform, answer)
        }
    }

    private func take<Platform: WebhookPlatform>(
        _ request: Request, from platform: Platform, _ answer: Answer
    ) {
        do throws(IntakeRefusal) {
            let admission = try admission()
            guard let site = admission.sites.site(named: request.pathParameters["site"] ?? ""),
                site.settings.platform == Platform.platform
            else { throw .siteUnknown }
            if Platform.isPing(request) {
                try admission.chargeStranger(request)
                answer.send(Response(200))
                return
            }
            try verify(request, Platform.self, for: site, admission)
            guard site.settings.isEnabled, site.settings.isOn(.webhooks) else {
                counters.countDroppedWebhook()
                answer.send(Response(200))
                return
            }
            let context = admission.context(of: site, Platform.source, .webhook)
            let event = platform.event(of: request, for: site)
            let webhook = read(event, of: request, context, IncomingEvents(stamp: admission.stamp))
            keep(webhook, of: request, answer)
        } catch {
            count(error, in: .conversion)
            answer.send(error.response(request.id))
        }
    }

    private func verify<Platform: WebhookPlatform>(
        _ request: Request, _: Platform.Type, for site: IntakeSite, _ admission: Admission
    ) throws(IntakeRefusal) {
        do throws(IntakeRefusal) {
            try Platform.verify(request, for: site)
        } catch {
            try admission.chargeStranger(request)
            throw error
        }
        try admission.chargeSigned(request, of: site)
    }

    private func read<Event: WebhookEvent>(
        _ event: Event, of request: Request, _ context: EventContext, _ incoming: IncomingEvents
    ) -> Webhook<Event> {
        var webhook = Webhook(event, context, incoming: incoming)
        benches.use { bench in webhook.read(request.body, on: bench) }
        if let note = webhook.note { counters.countUnmapped(note) }
        return webhook
    }

    private func keep<Event: WebhookEvent>(
        _ webhook: Webhook<Event>, of request: Request, _ answer: Answer
    ) {
        let outcomes = webhook.outcomes
        commit(webhook.incoming, outcomes, answer) { refusals in
            for outcome in outcomes {
                guard case .taken(let lane) = outcome.result, let reason = refusals[lane] else {
                    continue
                }
                return .problem(503, reason.code, reason.sentence, requestID: request.id)
                    .with("Retry-After", reason.retryAfter)
            }
            return Response(200)
        }
    }
}

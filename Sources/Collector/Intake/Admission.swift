import Buffer
import ConveyProtocol
import HTTP
import Visitors

/// Who sends, as the credential says.
struct Sender {
    let site: IntakeSite
    let source: EventSource
    let credential: CredentialClass
}

/// Lets a sender in: its credential, its page's origin and its site's switches. Every endpoint with a
/// key begins here; webhooks are known by their signatures instead.
struct Admission {
    let sites: IntakeSites
    let settings: IntakeSettings
    let limiter: RateLimiter
    let counters: IntakeCounters
    /// When the request came.
    let stamp: EdgeClock.Stamp

    /// The sender of a request, who may use the feature, and has not used up what it may send.
    func sender(
        of request: Request, _ credential: Credential, for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) -> Sender {
        guard let sender = credential.sender(in: sites) else {
            try chargeStranger(request)
            throw .keyUnknown
        }
        let site = sender.site
        request.notes?.store = site.settings.name
        if sender.source == .browser, let origin = CrossOrigin.origin(of: request),
            !settings.takesAnyOrigin, !site.origins.contains(origin)
        {
            throw .originUnknown
        }
        guard site.settings.isEnabled, site.settings.isOn(feature) else { throw .featureOff }
        switch credential {
        case .serverKey(let key):
            let client = RateClient(.serverKey(key), of: site.settings.id, from: nil)
            try limiter.charge(client, against: site.quotas.trusted)
        case .siteKey: try chargeVisitor(request, of: site, isCart: feature == .cartTracking)
        }
        return sender
    }

    /// Counts a visitor's request; also for endpoints without a key, as links and pixels.
    func chargeVisitor(
        _ request: Request, of site: IntakeSite, isCart: Bool = false
    ) throws(IntakeRefusal) {
        request.notes?.store = site.settings.name
        let client = RateClient(
            isCart ? .cart : .visitor, of: site.settings.id, from: countedAddress(of: request))
        try limiter.charge(client, against: isCart ? site.quotas.cart : site.quotas.visitor)
    }

    /// Counts a request that bears a valid signature, as webhooks do. Over the ceiling it is refused,
    /// so that the platform knows and sends it again: never taken and lost.
    func chargeSigned(_ request: Request, of site: IntakeSite) throws(IntakeRefusal) {
        request.notes?.store = site.settings.name
        let client = RateClient(.signed, of: site.settings.id, from: nil)
        try limiter.charge(client, against: site.quotas.trusted)
    }

    /// Counts a request of somebody who proved nothing.
    func chargeStranger(_ request: Request) throws(IntakeRefusal) {
        let client = RateClient(.stranger, of: nil, from: countedAddress(of: request))
        try limiter.charge(client, against: SiteQuotas.stranger)
    }

    private func countedAddress(of request: Request) -> IPAddress? {
        let proxies = settings.trustedProxies
        if proxies.isUntrustedProxy(request) { counters.countUntrustedProxy() }
        return proxies.countedAddress(of: request)
    }

    /// What the request adds to the events of its sender.
    func context(of request: Request, from sender: Sender) -> EventContext {
        var context = context(of: sender.site, sender.source, sender.credential)
        if sender.source == .browser { context.client = visitor(of: request, at: sender.site) }
        return context
    }

    /// What a visitor's own request tells of the visitor.
    func visitor(of request: Request, at site: IntakeSite) -> EventContext.Client {
        var client = BrowserEvent.client(of: request, settings.trustedProxies)
        let address = site.settings.recordsLocation ? client.address : nil
        client.facts = settings.visitors.facts(of: BrowserEvent.agent(of: request), at: address)
        return client
    }

    /// What every event of a site gets that arrives now.
    func context(
        of site: IntakeSite, _ source: EventSource, _ credential: CredentialClass
    ) -> EventContext {
        var context = EventContext(
            rules: site.rules, source: source, credential: credential, receivedAt: stamp.time)
        context.clockOffsetMilliseconds = stamp.offsetMilliseconds
        context.observer = settings.visitors
        return context
    }
}

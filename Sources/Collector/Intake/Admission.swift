import Buffer
import ConveyProtocol
import HTTP

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
    /// When the request came.
    let stamp: EdgeClock.Stamp

    /// The sender of a request, who may use the feature.
    func sender(
        of request: Request, _ credential: Credential, for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) -> Sender {
        guard let sender = credential.sender(in: sites) else { throw .keyUnknown }
        let site = sender.site
        if sender.source == .browser, let origin = CrossOrigin.origin(of: request),
            !site.origins.contains(origin)
        {
            throw .originUnknown
        }
        guard site.settings.isEnabled, site.settings.isOn(feature) else { throw .featureOff }
        return sender
    }

    /// What the request adds to the events of its sender.
    func context(of request: Request, from sender: Sender) -> EventContext {
        var context = context(of: sender.site, sender.source, sender.credential)
        if sender.source == .browser {
            context.client = BrowserEvent.client(of: request, settings.trustedProxies)
        }
        return context
    }

    /// What every event of a site gets that arrives now.
    func context(
        of site: IntakeSite, _ source: EventSource, _ credential: CredentialClass
    ) -> EventContext {
        var context = EventContext(
            rules: site.rules, source: source, credential: credential, receivedAt: stamp.time)
        context.clockOffsetMilliseconds = stamp.offsetMilliseconds
        return context
    }
}

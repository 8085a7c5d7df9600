package import Time

/// What the collector knows of an event besides its body. Decides all that a sender must not choose.
package struct EventContext: Sendable {
    /// The site that the credential opens.
    package let rules: SiteRules
    /// Who speaks.
    package let source: EventSource
    /// What vouches.
    package let credential: CredentialClass
    /// By the collector's corrected clock.
    package let receivedAt: Timestamp
    /// What is added to the collector's own clock for it.
    package var clockOffsetMilliseconds: Int64 = 0
    /// When the sender's clock says that the whole request was sent; an event's own wins.
    package var sentAt: Timestamp?
    /// For an event without an id, as `Idempotency-Key` and index make it.
    package var fallbackID: EventID?
    /// The request's own facts.
    package var client = Client() {
        didSet {
            keptAddress = client.address.flatMap { ClientAddress.text($0, by: rules.site.address) }
        }
    }
    /// The client's address after the site's rule: cut once for all events of a request.
    private(set) var keptAddress: String?
    /// What the collector noticed already.
    package var flags: [Flag] = []
    /// Derives what senders do not state who speak for their shopper; nil derives nothing.
    package var observer: (any ClientObserver)?
    /// Pointers of what the collector itself has cut already.
    package var truncated: [String] = []

    /// Whether the request is the visitor's own: its facts are those of the event. Other senders
    /// speak for their shopper.
    var isVisitorsOwn: Bool { source == .browser || source == .link }

    /// The visitor's browser refuses advertising by a signal that the site honours: both advertising
    /// purposes are denied, and no click id of an advertiser is kept.
    var isOptedOut: Bool {
        client.sendsGPC && rules.site.consent.honoursGPC || isDeniedByDNT
    }

    /// The same for measuring, too.
    var isDeniedByDNT: Bool { client.sendsDNT && rules.site.consent.honoursDNT }

    /// The request's own facts. Used for sources `browser` and `link`.
    package struct Client: Sendable {
        /// By the trusted-proxy rule; cut by the site's rule when it is written.
        package var address: String?
        /// `User-Agent`, as sent.
        package var userAgent: String?
        /// The first of `Accept-Language`.
        package var language: String?
        /// `Sec-GPC: 1`
        package var sendsGPC = false
        /// `DNT: 1`
        package var sendsDNT = false
        /// The browser fetches ahead of its user: nobody has seen the page yet.
        package var isPrefetch = false
        /// What address and browser tell. Written where the site records it; a bot is marked always.
        package var facts = ClientFacts()

        /// Knows nothing.
        package init() {}
    }

    /// What was noticed about an event.
    package enum Flag: String, CaseIterable, Sendable {
        case futureClamped = "future_clamped"
        case clockCorrected = "clock_corrected"
        case generatedID = "generated_id"
        case bot, prefetch
    }

    /// Holds what every event has; the rest is set as it is known.
    package init(
        rules: SiteRules, source: EventSource, credential: CredentialClass, receivedAt: Timestamp
    ) {
        self.rules = rules
        self.source = source
        self.credential = credential
        self.receivedAt = receivedAt
    }
}

/// What became of a written event.
package struct WrittenEvent: Equatable, Sendable {
    /// Given, derived or made.
    package let id: EventID
    /// Its delivery class.
    package let lane: Lane
    /// The sender gave no id and a retry would be another event: the answer must say so.
    package let isIDGenerated: Bool
    /// Something was cut or left out; the event lists it.
    package let isTruncated: Bool
}

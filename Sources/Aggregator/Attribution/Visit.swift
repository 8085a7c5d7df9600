import ConveyProtocol
import Time
import Timeline

/// What one fact says of where its shopper came from; a fraction of the fact, since thousands of them
/// are sorted and grouped.
struct Visit {
    /// What belongs together: a session, else the visitor; what has neither stands for its order, else
    /// for itself.
    enum Scope: Hashable {
        case session(String)
        case visitor(String)
        case order(String)
        case event(String)

        /// Tells scopes apart within an id.
        var text: String {
            switch self {
            case .session(let id): "session:\(id)"
            case .visitor(let id): "visitor:\(id)"
            case .order(let id): "order:\(id)"
            case .event(let id): "event:\(id)"
            }
        }
    }

    /// What names a single click, and stays with the shopper afterwards.
    enum Mark: Hashable, Comparable {
        case click(ClickID)
        /// The click on a campaign link; without a tracking id the link within its scope.
        case campaign(String)

        /// What the fact is found by.
        var key: FactKey {
            switch self {
            case .click(let click): FactKey(click)
            case .campaign(let id): FactKey(.trackingID, id)
            }
        }

        static func < (left: Mark, right: Mark) -> Bool { left.key < right.key }
    }

    let name: Fact.Name
    let isBrowser: Bool
    let scope: Scope
    let marks: [Mark]
    /// What tags say; nil without.
    let tags: Tags?
    /// The host that sent the shopper; nil for the shop's own and for those that send back.
    let referrer: String?
    /// Whether it is part of an order, which knows of clicks only what was kept until then.
    let isOrderPart: Bool
    /// Whether somebody else tells of the visit: a platform or a server, with its order.
    let isReport: Bool
    /// When the event happened; of an order part, when the order was made.
    let at: Timestamp

    /// The page's address, where it may hold a mark.
    private let url: String?
    /// What a touch shows besides its source.
    let content, term, campaignLink: String?

    init(_ fact: Fact, _ rules: TouchRules) {
        name = fact.name
        isBrowser = fact.source == .browser
        (content, term, campaignLink) = (
            fact.utm?.content, fact.utm?.term, fact.campaign?.linkID
        )
        url = fact.clicks.isEmpty ? nil : fact.page?.url
        let isOrderPart =
            fact.order?.id != nil || fact.order?.name != nil
            || ["purchase", "refund"].contains(fact.type)
        isReport = isOrderPart && fact.source != .browser && fact.session == nil
        scope = Self.scope(of: fact, isReport: isReport)
        var marks = fact.clicks.map(Mark.click)
        if let campaign = fact.campaign, let link = campaign.trackingID ?? campaign.linkID {
            marks.append(.campaign(campaign.trackingID ?? "\(link)@\(scope.text)"))
        }
        self.marks = marks
        tags = fact.utm.flatMap(Tags.init)
        referrer = rules.referrer(of: fact)
        let made = fact.platform.flatMap { $0.createdAt ?? $0.processedAt }
        self.isOrderPart = isOrderPart
        at = isOrderPart ? min(fact.occurredAt, made ?? fact.occurredAt) : fact.occurredAt
    }

    /// Whether the address of the page holds this mark: then it is the landing itself.
    func isAddressed(by marks: Set<Mark>) -> Bool {
        guard let url else { return false }
        return self.marks.contains { mark in
            guard case .click(let click) = mark, marks.contains(mark) else { return false }
            return url.holds(click.value)
        }
    }

    /// By the time of the event, then by name.
    static func isBefore(_ left: Visit, _ right: Visit) -> Bool {
        left.at == right.at ? left.name < right.name : left.at < right.at
    }

    private static func scope(of fact: Fact, isReport: Bool) -> Scope {
        if let session = fact.session { return .session(session) }
        if let visitor = fact.visitor, !isReport { return .visitor(visitor) }
        let order = fact.order
        if let id = order?.id ?? order?.name ?? order?.checkoutToken { return .order(id) }
        return .event(fact.name.description)
    }
}

/// What a landing's campaign parameters say, compared without regard to case.
struct Tags: Hashable {
    let source, medium, campaign: String?

    /// Nil where none of the three, nor a campaign's id, is there.
    init?(_ utm: Fact.UTM) {
        source = utm.source?.lowercased()
        medium = utm.medium?.lowercased()
        campaign = (utm.campaign ?? utm.id)?.lowercased()
        if source == nil, medium == nil, campaign == nil { return nil }
    }

    /// As GA4 has it, `(not set)` for what is missing, unless something better is known.
    func traffic(else other: TrafficSource? = nil) -> TrafficSource {
        TrafficSource(
            source: source ?? other?.source ?? "(not set)",
            medium: medium ?? other?.medium ?? "(not set)", campaign: campaign ?? "")
    }
}

extension TouchRules {
    /// The host that sent somebody from elsewhere.
    func referrer(of fact: Fact) -> String? {
        guard let page = fact.page, let host = page.referrerHost.map(HostName.bare) else {
            return nil
        }
        if let own = Fact.Page.host(of: page.url).map(HostName.bare), isSame(host, own) {
            return nil
        }
        let isSilent = silentHosts.contains { HostName.isHost(host, in: $0) }
        return isSilent || ownHosts.contains { isSame(host, $0) } ? nil : host
    }

    /// Whether one of two hosts is the other or lies below it.
    private func isSame(_ left: String, _ right: String) -> Bool {
        HostName.isHost(left, in: right) || HostName.isHost(right, in: left)
    }

    /// As GA4 names visitors who came by a link: search engines by their name.
    func traffic(ofReferrer host: String) -> TrafficSource {
        switch channels.categories.category(ofSource: host) {
        case .search:
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            let name = HostName.brand(ofLabels: labels) ?? host
            return TrafficSource(source: name, medium: "organic")
        case .assistant: return TrafficSource(source: host, medium: "ai-assistant")
        case .social, .video, .shopping, nil:
            return TrafficSource(source: host, medium: "referral")
        }
    }
}

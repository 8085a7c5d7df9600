import ConveyProtocol
import Time
import Timeline

/// Works out the touches of one person, in five steps: clicks, tags, referrers, what only orders
/// report, and at last the sessions that nothing led to.
///
/// Each step leaves out what an earlier one explains. Every step works on sets and smallest elements,
/// so that the order of the facts cannot matter.
struct TouchGathering {
    private let rules: TouchRules
    private let firstSights: [FactKey: Timestamp]
    private let visits: [Visit]
    private var drafts: [TouchDraft] = []
    /// What is explained already: tags and referrers in a scope, and scopes that have a touch.
    private var tagsSeen: Set<Seen<Tags>> = []
    private var referrersSeen: Set<Seen<String>> = []
    private var landed: Set<Visit.Scope> = []
    /// Visits, by place, whose tags or referrer belong to a click.
    private var hasExplainedTags: Set<Int> = []
    private var hasExplainedReferrer: Set<Int> = []

    private struct Seen<What: Hashable>: Hashable {
        let scope: Visit.Scope
        let what: What
    }

    init(_ rules: TouchRules, _ facts: [Fact], _ firstSights: [FactKey: Timestamp]) {
        self.rules = rules
        self.firstSights = firstSights
        var names: Set<Fact.Name> = []
        var visits: [Visit] = []
        for fact in facts where names.insert(fact.name).inserted {
            visits.append(Visit(fact, rules))
        }
        self.visits = visits.sorted(by: Visit.isBefore)
    }

    mutating func touches() -> [Touch] {
        gatherClicks()
        gatherTags()
        gatherReferrers()
        gatherReports()
        gatherDirect()
        return drafts.map { $0.touch() }.sorted(by: Touch.isBefore)
    }

    // MARK: Clicks

    private mutating func gatherClicks() {
        for landing in ClickLandings(visits, firstSights).all() {
            let own = landing.visits.map { visits[$0] }
            let draft = clickDraft(landing, own)
            drafts.append(draft)
            landed.formUnion(landing.scopes)
            for place in landing.visits { explain(place, by: landing, draft.tags) }
        }
    }

    private func clickDraft(_ landing: ClickLandings.Landing, _ own: [Visit]) -> TouchDraft {
        let clicks = landing.marks.compactMap { mark -> ClickID? in
            if case .click(let click) = mark { click } else { nil }
        }.sorted()
        let ruled = clicks.compactMap { rules.clicks[$0.kind] }
        let rule = ruled.first(where: \.provesAd) ?? ruled.first
        let there = own.filter { landing.scopes.contains($0.scope) }
        let tags = there.lazy.compactMap(\.tags).first
        let referrer = there.lazy.compactMap(\.referrer).first
        let link = TrafficSource(source: "campaign_link", medium: "link")
        let byReferrer = referrer.map(rules.traffic(ofReferrer:))
        let untagged =
            rule?.provesAd == true ? rule?.traffic : byReferrer ?? rule?.traffic
        var traffic = tags?.traffic(else: rule?.traffic) ?? untagged ?? link
        var channel = rules.channels.channel(of: traffic)
        if let rule, rule.provesAd, !rules.paidChannels.contains(channel) {
            // Tags that call an ad something else do not make it so.
            traffic = TrafficSource(
                source: rule.traffic.source, medium: rule.traffic.medium,
                campaign: traffic.campaign)
            channel = rules.channels.channel(of: traffic)
        }
        let isAd = rule?.provesAd == true || rules.paidChannels.contains(channel)
        let isLink = landing.marks.count > clicks.count
        let kind: Touch.Kind =
            isAd ? .adClick : isLink ? .campaignLink : tags == nil ? .referral : .tagged
        return TouchDraft(
            id: DerivedID("touch", parts: site + [.text("click"), .text(landing.smallestKey)]),
            visits: own, marks: landing.marks, tags: tags, traffic: traffic, channel: channel,
            kind: kind, firstSight: landing.at)
    }

    /// What a visit says beside the click belongs to the click where it landed; later events carry the
    /// click along, and may have come from elsewhere.
    private mutating func explain(
        _ place: Int, by landing: ClickLandings.Landing, _ tags: Tags?
    ) {
        let visit = visits[place]
        let isAddressed = visit.isAddressed(by: landing.marks)
        let isThere = isAddressed || landing.scopes.contains(visit.scope)
        if visit.tags == tags || isAddressed { hasExplainedTags.insert(place) }
        if let tags, isThere { tagsSeen.insert(Seen(scope: visit.scope, what: tags)) }
        guard isThere else { return }
        hasExplainedReferrer.insert(place)
        if let host = visit.referrer {
            referrersSeen.insert(Seen(scope: visit.scope, what: host))
        }
    }

    // MARK: Tags and referrers

    private mutating func gatherTags() {
        var groups: [Seen<Tags>: [Visit]] = [:]
        for (place, visit) in visits.enumerated() where !visit.isReport {
            guard let tags = visit.tags else { continue }
            hasExplainedReferrer.insert(place)
            if let host = visit.referrer {
                referrersSeen.insert(Seen(scope: visit.scope, what: host))
            }
            let seen = Seen(scope: visit.scope, what: tags)
            guard !hasExplainedTags.contains(place), !tagsSeen.contains(seen) else { continue }
            groups[seen, default: []].append(visit)
        }
        for (seen, visits) in groups { add(seen.what, seen.scope, visits) }
    }

    private mutating func add(_ tags: Tags, _ scope: Visit.Scope, _ visits: [Visit]) {
        let traffic = tags.traffic()
        let channel = rules.channels.channel(of: traffic)
        let parts = [scope.text, tags.source ?? "", tags.medium ?? "", tags.campaign ?? ""]
        drafts.append(
            TouchDraft(
                id: id("tags", parts), visits: visits, marks: [], tags: tags, traffic: traffic,
                channel: channel, kind: rules.paidChannels.contains(channel) ? .adClick : .tagged,
                firstSight: nil))
        landed.insert(scope)
    }

    private mutating func gatherReferrers() {
        var groups: [Seen<String>: [Visit]] = [:]
        for (place, visit) in visits.enumerated() where !visit.isReport {
            guard let host = visit.referrer, !hasExplainedReferrer.contains(place) else { continue }
            let seen = Seen(scope: visit.scope, what: host)
            guard !referrersSeen.contains(seen) else { continue }
            groups[seen, default: []].append(visit)
        }
        for (seen, visits) in groups { add(referrer: seen.what, seen.scope, visits) }
    }

    private mutating func add(referrer host: String, _ scope: Visit.Scope, _ visits: [Visit]) {
        let traffic = rules.traffic(ofReferrer: host)
        drafts.append(
            TouchDraft(
                id: id("referrer", [scope.text, host]), visits: visits, marks: [], tags: nil,
                traffic: traffic, channel: rules.channels.channel(of: traffic), kind: .referral,
                firstSight: nil))
        landed.insert(scope)
    }

    // MARK: Reports and direct visits

    /// A platform names the tags and the referrer of the visit that led to the order. Where that visit
    /// was seen, the report is evidence for it; else it is all that is known.
    private mutating func gatherReports() {
        let seen = drafts
        var tagged: [Seen<Tags>: [Visit]] = [:]
        var referred: [Seen<String>: [Visit]] = [:]
        for (place, visit) in visits.enumerated() where visit.isReport {
            if let tags = visit.tags {
                guard !hasExplainedTags.contains(place),
                    !isKnown(visit, in: seen, where: { $0.tags == tags })
                else { continue }
                tagged[Seen(scope: visit.scope, what: tags), default: []].append(visit)
            } else if let host = visit.referrer, !hasExplainedReferrer.contains(place) {
                let traffic = rules.traffic(ofReferrer: host)
                guard !isKnown(visit, in: seen, where: { $0.traffic == traffic }) else { continue }
                referred[Seen(scope: visit.scope, what: host), default: []].append(visit)
            }
        }
        for (seen, visits) in tagged { add(seen.what, seen.scope, visits) }
        for (seen, visits) in referred { add(referrer: seen.what, seen.scope, visits) }
    }

    /// Whether a touch before the order is what its report tells of; the newest takes it as evidence.
    private mutating func isKnown(
        _ report: Visit, in seen: [TouchDraft], where isSame: (TouchDraft) -> Bool
    ) -> Bool {
        let places = seen.indices.filter { isSame(seen[$0]) && seen[$0].at <= report.at }
        let newest = places.max { (seen[$0].at, seen[$0].id) < (seen[$1].at, seen[$1].id) }
        guard let newest else { return false }
        drafts[newest].visits.append(report)
        return true
    }

    private mutating func gatherDirect() {
        var sessions: [String: [Visit]] = [:]
        for visit in visits where visit.isBrowser {
            guard case .session(let session) = visit.scope, !landed.contains(visit.scope)
            else { continue }
            sessions[session, default: []].append(visit)
        }
        let channel = rules.channels.channel(of: .direct)
        for (session, visits) in sessions {
            drafts.append(
                TouchDraft(
                    id: id("direct", [session]), visits: visits, marks: [], tags: nil,
                    traffic: .direct, channel: channel, kind: .direct, firstSight: nil))
        }
    }

    private var site: [DerivedID.Part] { [.integer(visits.first?.name.site ?? 0)] }

    private func id(_ kind: String, _ parts: [String]) -> DerivedID {
        DerivedID("touch", parts: site + ([kind] + parts).map { .text($0) })
    }
}

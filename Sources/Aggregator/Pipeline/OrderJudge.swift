import Attribution
import Conversions
import ConveyProtocol
import Definitions
import Sites
import Store
import Tenancy
import Time
import Timeline

/// What all facts and the configuration together say of one order.
struct JudgedOrder: Sendable {
    let site: JudgedSite
    let order: MergedOrder
    let person: Person
    /// The person's touches, by time.
    let touches: [Touch]
    /// One for each assignment of the site.
    let outcomes: [Outcome]

    /// What one assignment makes of the order.
    struct Outcome: Sendable {
        let assignment: Assignment
        let match: Match
        /// Nil where there is no conversion; 0 of a withdrawn one.
        let value: Money?
        let model: CreditModel
        let windows: WindowLevels
        /// Windows of campaign links that have their own, by the link's id.
        let linkWindows: [String: Window]
        let standings: [Standing]
        /// None where the order is unattributed, or makes no conversion.
        let credits: [Credit]
    }

    /// A touch and what the windows say of it.
    struct Standing: Sendable {
        let touch: Touch
        let standing: TouchStanding
    }
}

/// Orders that were folded together, since they share names: judged and written together.
struct JudgedFamily: Sendable {
    /// By identity.
    let orders: [JudgedOrder]
    /// Everything they are or were known by.
    let scope: OrderScope
}

/// Judges orders: folds their parts, finds their people, works out touches and credits. Reads facts
/// and configuration, writes nothing; the same facts give the same judgement.
struct OrderJudge {
    private let tenant: TenantTransaction
    private let facts: FactTable
    private let limits: LinkLimits
    private let memory = FactMemory()
    private var sites: [Int64: JudgedSite?] = [:]
    private var linkWindows: [Int64: [String: Window]] = [:]

    /// Works in one organization's transaction.
    init(_ tenant: TenantTransaction, limits: LinkLimits = .standard) {
        self.tenant = tenant
        self.limits = limits
        facts = FactTable(tenant, limits: limits, memory: memory)
    }

    /// The orders that the anchors lead to, each once.
    mutating func judge(_ anchors: some Sequence<OrderAnchor>) throws -> [JudgedFamily] {
        var families: [JudgedFamily] = []
        var done: [Int64: Set<OrderIdentity>] = [:]
        for anchor in Set(anchors).sorted() {
            guard !anchor.identities.isSubset(of: done[anchor.site] ?? []) else { continue }
            let family = try family(of: try facts.facts(ofOrder: anchor), from: anchor)
            done[anchor.site, default: []].formUnion(family.scope.vouched)
            families.append(family)
        }
        return families
    }

    private mutating func family(
        of parts: [Fact], from anchor: OrderAnchor
    ) throws -> JudgedFamily {
        let groups = OrderGroup.groups(of: parts)
        var orders: [JudgedOrder] = []
        if let site = try site(anchor.site) {
            for group in groups {
                if let order = try judge(group, site) { orders.append(order) }
            }
        }
        return JudgedFamily(
            orders: orders,
            scope: OrderScope(site: anchor.site, groups: groups, anchors: [anchor]))
    }

    /// The site as it is judged now; nil for one that is gone.
    private mutating func site(_ number: Int64) throws -> JudgedSite? {
        if let known = sites[number] { return known }
        let site = try SitePolicyTable(tenant).judged(number)
        sites[number] = site
        return site
    }

    /// The windows of the links that the touches came by; most orders know of none.
    private mutating func linkWindows(
        of touches: [Touch], at site: Int64
    ) throws -> [String: Window] {
        guard touches.contains(where: { $0.campaignLink != nil }) else { return [:] }
        if let known = linkWindows[site] { return known }
        let windows = try SiteLinkWindows(tenant).days(ofSite: site)
            .compactMapValues { Window(days: $0) }
        linkWindows[site] = windows
        return windows
    }

    // MARK: One order

    private mutating func judge(_ group: OrderGroup, _ site: JudgedSite) throws -> JudgedOrder? {
        let finder = PersonFinder(tenant, site: group.site, limits: limits, memory: memory)
        let person = try finder.person(from: group.personKeys)
        let folding = Folding(site.countingRule, currency: site.site.settings.currency)
        guard let order = folding.fold(group, linked: person.visitors) else { return nil }
        let evidence = person.facts + group.facts(joinedTo: order, beyond: person)
        let clicks = Set(evidence.flatMap(\.clicks)).map { FactKey($0) }
        let touches = site.touchRules.touches(
            in: evidence, firstSights: try facts.firstSights(of: clicks, site: group.site))
        let earlier =
            site.policy.sharing.resetsOnConversion
            ? Self.conversion(before: order, of: person, folding) : nil
        let rules = Outcomes(
            site: site, linkWindows: try linkWindows(of: touches, at: group.site),
            earlier: earlier)
        let outcomes = Assignments.of(site: group.site).map { assignment in
            rules.outcome(of: order, by: assignment, touches)
        }
        return JudgedOrder(
            site: site, order: order, person: person, touches: touches, outcomes: outcomes)
    }

    /// When the person's last order that counts, before this one, was placed.
    private static func conversion(
        before order: MergedOrder, of person: Person, _ folding: Folding
    ) -> Timestamp? {
        OrderGroup.groups(of: person.facts)
            .compactMap { folding.fold($0, linked: person.visitors) }
            .filter { $0.state == .counted && $0.purchasedAt < order.purchasedAt }
            .map(\.purchasedAt).max()
    }
}

/// What assignments make of an order, by the site's policy.
private struct Outcomes {
    let site: JudgedSite
    let linkWindows: [String: Window]
    /// The person's conversion before, where it matters.
    let earlier: Timestamp?

    func outcome(
        of order: MergedOrder, by assignment: Assignment, _ touches: [Touch]
    ) -> JudgedOrder.Outcome {
        let match = assignment.match(
            Definitions.Subject(type: "purchase", value: order.money.value))
        let value = order.value(by: match)
        let windows = windows(of: assignment)
        let reckoning = CreditReckoning(
            rules: site.creditRules, windows: windows, linkWindows: linkWindows)
        let conversion = CreditedConversion(
            at: order.purchasedAt, value: value ?? order.money.value, earlier: earlier)
        let standings = reckoning.standings(of: touches, for: conversion)
        return JudgedOrder.Outcome(
            assignment: assignment, match: match, value: value,
            model: assignment.model.flatMap { CreditModel(rawValue: $0) } ?? site.model,
            windows: windows, linkWindows: linkWindows,
            standings: standings.map {
                JudgedOrder.Standing(touch: $0.touch, standing: $0.standing)
            },
            credits: value == nil ? [] : reckoning.credits(for: conversion, among: touches))
    }

    private func windows(of assignment: Assignment) -> WindowLevels {
        var windows = WindowLevels()
        windows.assignment = assignment.windowDays.flatMap { Window(days: $0) }
        windows.organization = site.policy.windowDays.flatMap { Window(days: $0) }
        return windows
    }
}

extension MergedOrder {
    /// What a conversion of it is worth; nil where it makes none.
    fileprivate func value(by match: Match) -> Money? {
        guard let value = match.value, let status = state.conversion else { return nil }
        return status == .withdrawn ? Money(micros: 0, currency: value.currency) : value
    }
}

extension OrderAnchor {
    /// The identities that it states.
    var identities: Set<OrderIdentity> {
        if let event { return [OrderIdentity(.event, event.description)] }
        return Set(keys.compactMap { OrderIdentity($0) })
    }
}

package import ConveyProtocol
import Time
import Timeline

/// Folds the parts of an order into one merged order. A pure function of the facts, the linked
/// visitors and the site's rules: no arrival, no clock.
///
/// Money, items and state come from the platform's newest version, else from the newest word of a
/// server, else from the first of a browser; a part that does not state a field is passed over.
package struct Folding: Sendable {
    private let rule: CountingRule
    private let currency: Currency

    /// - Parameter currency: the site's own, for orders of which nobody states a value.
    package init(_ rule: CountingRule, currency: Currency) {
        self.rule = rule
        self.currency = currency
    }

    /// Folds one order; nil where its parts tell neither of a purchase nor of a refund.
    /// - Parameter linked: visitors of the order's person; a browser's part of another visitor joins
    ///   by tokens only.
    package func fold(_ group: OrderGroup, linked: Set<String>) -> MergedOrder? {
        let voices = OrderVoices(group.facts)
        guard voices.firstPurchase != nil || !voices.refunds.isEmpty else { return nil }
        let joined = JoinedParts(group.facts, voices: voices, linked: linked).names
        return OrderFold(
            group: group, voices: voices, joined: joined, rule: rule, currency: currency
        ).order()
    }
}

/// One order while it is folded.
private struct OrderFold {
    let group: OrderGroup
    let voices: OrderVoices
    let joined: Set<Fact.Name>
    let rule: CountingRule
    let currency: Currency

    func order() -> MergedOrder {
        let money = money()
        let (purchasedAt, purchaseOrigin) = purchasedAt()
        let origins: [String: Fact?] = [
            "gross": grossPart, "status": statusPart, "items": itemsPart,
            "current_total": currentTotalPart, "purchased_at": purchaseOrigin,
        ]
        return MergedOrder(
            site: group.site, identity: group.identity, identities: group.identities,
            orderID: name(\.id), orderName: name(\.name), parts: group.facts.map(part),
            purchasedAt: purchasedAt, state: state(money), status: statusPart?.order?.status,
            money: money, items: itemsPart?.items ?? [], consent: consent(), visit: visit(),
            user: user(), origins: origins.compactMapValues { $0?.name })
    }

    private func part(_ fact: Fact) -> MergedOrder.Part {
        MergedOrder.Part(
            name: fact.name, type: fact.type, role: PartRole(of: fact), voice: Voice(of: fact),
            occurredAt: fact.occurredAt, receivedAt: fact.receivedAt,
            isJoined: joined.contains(fact.name))
    }

    /// An order's name by the shop: of the weightiest part that has one.
    private func name(_ path: KeyPath<Fact.OrderReference, String?>) -> String? {
        if path == \.id, group.identity.kind == .id { return group.identity.value }
        return believed.lazy.compactMap { $0.order?[keyPath: path] }.first
    }

    /// All parts, the weightiest first.
    private var believed: [Fact] {
        let spoken = voices.spoken
        let known = Set(spoken.map(\.name))
        let others = group.facts.filter { !known.contains($0.name) }
        return voices.versions + voices.servers + others.filter { !$0.isClaim } + voices.browsers
            + others.filter(\.isClaim)
    }

    // MARK: Money

    /// Whose word on money and items is heard: a browser's only where the order is its own.
    private var heard: [Fact] {
        voices.versions + voices.servers
            + voices.browsers.filter { !voices.isConfirmed || joined.contains($0.name) }
    }

    private var grossPart: Fact? { heard.first { $0.value.map { $0.micros >= 0 } ?? false } }

    private var itemsPart: Fact? { heard.first { !$0.items.isEmpty } }

    /// The newest version that states the total, in the currency of the value.
    private var currentTotalPart: Fact? {
        voices.versions.first { version in
            version.platform?.currentTotalMicros != nil && version.value != nil
                && version.value?.currency == grossPart?.value?.currency
        }
    }

    private func money() -> OrderMoney {
        let gross = grossPart?.value
        let currency = gross?.currency ?? currency
        // A browser's word takes nothing from what somebody with a secret says.
        let outdated = voices.outdatedLists
        let tellers = group.facts.filter { fact in
            (!fact.isClaim || !voices.isConfirmed) && !outdated.contains(fact.name)
        }
        let refunds = RefundSet(tellers, currency: currency)
        let rest = (gross?.micros ?? 0) - refunds.returnedMicros
        let currentTotal = currentTotalPart?.platform?.currentTotalMicros
        return OrderMoney(
            grossMicros: gross?.micros, currentTotalMicros: currentTotal, refunds: refunds,
            value: Money(micros: max(0, min(rest, currentTotal ?? rest)), currency: currency))
    }

    // MARK: State

    /// The weightiest voice that names a state; a server may name one with a refund.
    private var statusPart: Fact? { statusVoices.first?.first }

    /// The parts that name a state, by voice, each newest first.
    private var statusVoices: [[Fact]] {
        let refunds = voices.refunds.filter { Voice(of: $0) == .server }
        let servers = (voices.servers + refunds).sorted { Fact.isBefore($1, $0) }
        // With a public key anybody could cancel what somebody with a secret tells of.
        return [voices.versions, servers, voices.isConfirmed ? [] : voices.browsers]
            .map { $0.filter { $0.order?.status != nil } }.filter { !$0.isEmpty }
    }

    private func state(_ money: OrderMoney) -> OrderState {
        guard voices.firstPurchase != nil else { return .refundOnly }
        if isTest { return .test }
        guard countsNow else {
            let status = statusPart?.order?.status
            guard countedOnce, let status else { return .pending(status: status) }
            return .withdrawn(.status(status))
        }
        if let gross = money.grossMicros, gross > 0, money.value.micros == 0 {
            return .withdrawn(money.refunds.returnedMicros > 0 ? .refunded : .emptied)
        }
        return voices.isConfirmed || !rule.needsConfirmation ? .counted : .unconfirmed
    }

    /// A public key cannot turn an order into a test where somebody with a secret speaks.
    private var isTest: Bool {
        group.facts.contains { fact in
            fact.order?.isTest == true && (!fact.isClaim || !voices.isConfirmed)
        }
    }

    /// Who names a state decides; where nobody does, that it was told of at all, except by a platform.
    private var countsNow: Bool {
        let silent = voices.servers.first ?? voices.firstPurchase
        guard let teller = statusPart ?? silent else { return false }
        return rule.counts(teller.order?.status, from: teller.source)
    }

    /// Whether the voice that decides now once named a state that counts.
    private var countedOnce: Bool {
        guard let deciding = statusVoices.first else { return false }
        if deciding.contains(where: { rule.counts($0.order?.status, from: $0.source) }) {
            return true
        }
        // A server that told of the purchase without a state meant that it stands.
        return deciding.contains { Voice(of: $0) == .server }
            && voices.servers.contains { $0.order?.status == nil }
    }

    // MARK: Time

    private func purchasedAt() -> (Timestamp, Fact?) {
        for version in voices.versions {
            if let time = version.platform?.createdAt { return (time, version) }
        }
        for version in voices.versions {
            if let time = version.platform?.processedAt { return (time, version) }
        }
        let trusted = (voices.versions + voices.servers).min(by: Fact.isBefore)
        let teller = trusted ?? voices.browsers.first ?? voices.refunds.first
        return (teller?.occurredAt ?? .earliest, teller)
    }

    // MARK: Person

    /// A browser that did not join can only forbid.
    private func consent() -> Consent {
        var consent: Consent?
        for fact in group.facts {
            guard let said = fact.consent, joined.contains(fact.name) else { continue }
            consent = consent.map { $0.strictest(said) } ?? said
        }
        var result = consent ?? .unknown
        for fact in group.facts where !joined.contains(fact.name) {
            guard let said = fact.consent else { continue }
            if said.analytics == .denied { result.analytics = .denied }
            if said.adUserData == .denied { result.adUserData = .denied }
            if said.adPersonalization == .denied { result.adPersonalization = .denied }
        }
        return result
    }

    private func visit() -> OrderVisit {
        let parts = group.facts.filter { joined.contains($0.name) }
        var seen: Set<ClickID> = []
        var clicks: [OrderVisit.Click] = []
        for part in parts {
            for click in part.clicks.sorted() where seen.insert(click).inserted {
                clicks.append(.init(id: click, evidence: part.name, at: part.occurredAt))
            }
        }
        let speakers = parts.filter(\.isClaim) + parts.filter { !$0.isClaim }
        let speaker = speakers.first { $0.userAgent != nil }
        return OrderVisit(
            clicks: clicks, visitors: Set(parts.compactMap(\.visitor)).sorted(),
            sessions: Set(parts.compactMap(\.session)).sorted(), userAgent: speaker?.userAgent,
            language: speaker?.language)
    }

    private func user() -> Fact.UserHashes {
        var user = Fact.UserHashes()
        let fields: [WritableKeyPath<Fact.UserHashes, String?>] = [
            \.externalID, \.email, \.emailGoogle, \.phone, \.phoneDigits, \.firstName, \.lastName,
            \.street, \.city, \.state, \.postalCodeHash, \.postalCode, \.country,
        ]
        for said in believed.filter({ joined.contains($0.name) }).compactMap(\.user) {
            for field in fields where user[keyPath: field] == nil {
                user[keyPath: field] = said[keyPath: field]
            }
        }
        return user
    }
}

import Attribution
import Conversions
import ConveyProtocol
import Daemon
import Definitions
import Destinations
import Ingest
import Sites
import Store
import Tenancy
import Time
import Timeline

/// What an explanation looks up besides the judgement.
struct ExplanationSources {
    let tenant: TenantTransaction
    let tx: Transaction
    let verdicts: VerdictTable
    let now: Timestamp

    var conversions: ConversionTable { ConversionTable(tenant, at: now) }

    /// Collectors' names by their numbers.
    func collectorNames() throws -> [Int64: String] {
        let collectors = try CollectorTable(tenant, at: now).all()
        return Dictionary(collectors.map { ($0.number, $0.name) }) { first, _ in first }
    }

    /// How a fact's event came.
    func arrival(of fact: Fact) throws -> Arrival? {
        try Arrivals(tx, organization: tenant.organization).arrival(ofChunk: fact.place.chunk)
    }
}

extension Explanation {
    init(_ judged: JudgedOrder, _ sources: ExplanationSources) throws {
        let order = judged.order
        site = judged.site.site.settings.name
        identity = order.identity.description
        (orderID, orderName) = (order.orderID, order.orderName)
        (state, stateReason) = (order.state.name, order.state.reason)
        let collectors = try sources.collectorNames()
        arrived = try order.parts.map { try Arrived($0, sources, collectors) }
        merged = Merged(order)
        person = PersonView(judged.person)
        conversions = try judged.outcomes.map { try ConversionView($0, judged, sources) }
        next = []
        next = conversions.isEmpty ? [] : NextSteps(judged, conversions).words
    }
}

extension Explanation.Arrived {
    init(
        _ part: MergedOrder.Part, _ sources: ExplanationSources, _ collectors: [Int64: String]
    ) throws {
        let fact = try FactTable(sources.tenant).fact(named: part.name)
        let arrival = try fact.flatMap { try sources.arrival(of: $0) }
        self.init(
            event: part.name.description, type: part.type,
            source: fact?.source.rawValue ?? "", topic: fact?.platform?.topic,
            status: fact?.order?.status, role: part.role.rawValue, isJoined: part.isJoined,
            occurredAt: part.occurredAt.description, receivedAt: part.receivedAt.description,
            storedAt: arrival?.storedAt.description,
            collector: arrival.map { collectors[$0.collector] ?? "" })
    }
}

extension Explanation.Merged {
    init(_ order: MergedOrder) {
        let money = order.money
        let consent = order.consent
        self.init(
            purchasedAt: order.purchasedAt.description, status: order.status,
            currency: money.value.currency.description, grossMicros: money.grossMicros,
            refundedMicros: money.refunds.returnedMicros,
            currentTotalMicros: money.currentTotalMicros, valueMicros: money.value.micros,
            refunds: money.refunds.refunds.map { .init($0, isSubtracted: true) }
                + money.refunds.otherCurrencies.map { .init($0, isSubtracted: false) },
            items: order.items.count,
            consent: [
                "analytics": consent.analytics.rawValue,
                "ad_user_data": consent.adUserData.rawValue,
                "ad_personalization": consent.adPersonalization.rawValue,
            ],
            origins: order.origins.mapValues(\.description))
    }
}

extension Explanation.Refund {
    fileprivate init(_ refund: RefundSet.Refund, isSubtracted: Bool) {
        self.init(
            id: refund.id, micros: refund.returned?.micros,
            currency: refund.returned?.currency.description, at: refund.at?.description,
            event: refund.evidence.description, isSubtracted: isSubtracted)
    }
}

extension Explanation.PersonView {
    fileprivate init(_ person: Person) {
        self.init(
            id: person.id?.description, identifiers: person.keys.map(\.description),
            links: person.links.map {
                Link(
                    first: $0.first.description, second: $0.second.description,
                    event: $0.evidence.description)
            },
            disqualified: person.disqualified.map { entry in
                switch entry.reason {
                case .facts: "\(entry.key): \(entry.count) events hold it"
                case .shared(let kind): "\(entry.key): shared by \(entry.count) of kind \(kind)"
                }
            })
    }
}

import ConveyProtocol
import TestSupport
import Time
import Timeline

/// A small crowded shop by seed: few values for many events, so that everything meets everything, and
/// copies of events that came over several edges.
struct World {
    var random: SeededRandom
    private(set) var events: [Fact] = []

    /// Limits that such a world breaks all the time.
    let limits: LinkLimits

    init(seed: UInt64, events count: Int = 45, values: Int = 9) {
        random = SeededRandom(seed: seed)
        limits = Self.limits(personFactsMax: 5 + Int(seed % 4) * 3)
        for number in 0..<count {
            let event = event(number, values: values)
            events.append(event)
            while chance(4) { events.append(copy(of: event)) }
        }
    }

    private static func limits(personFactsMax: Int) -> LinkLimits {
        var limits = LinkLimits.standard
        limits.factsMax = 7
        limits.personFactsMax = personFactsMax
        limits.shared = [
            LinkLimits.Limit(.visitor, counted: .email, max: 2),
            LinkLimits.Limit(.session, counted: .visitor, max: 2),
            LinkLimits.Limit(.cartToken, counted: .visitor, max: 2),
            LinkLimits.Limit(.checkoutToken, counted: .visitor, max: 2),
            LinkLimits.Limit(.orderID, counted: .email, max: 2),
            LinkLimits.Limit(.email, counted: .visitor, max: 3),
        ]
        return limits
    }

    /// The events in another order, in batches of any size.
    mutating func batches() -> [[Fact]] {
        var rest = events.shuffled(using: &random)
        var batches: [[Fact]] = []
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...8, using: &random))
            batches.append(Array(rest.prefix(count)))
            rest.removeFirst(count)
        }
        return batches
    }

    /// Of each event the copy that counts.
    var counting: [Fact] {
        Dictionary(grouping: events, by: \.name).values.compactMap { copies in
            copies.min { $0.receivedAt < $1.receivedAt }
        }
    }

    private mutating func chance(_ many: Int) -> Bool {
        Int.random(in: 0..<many, using: &random) == 0
    }

    private mutating func value(_ prefix: String, _ values: Int) -> String {
        "\(prefix)\(Int.random(in: 0..<values, using: &random))"
    }

    private mutating func event(_ number: Int, values: Int) -> Fact {
        let classes: [CredentialClass] = [.siteKey, .siteKey, .serverKey, .webhook]
        let credential = classes.randomElement(using: &random) ?? .siteKey
        var fact = Fact.sample(
            "e\(number)", credential, site: chance(6) ? 2 : 1,
            at: 10_000 + Int.random(in: 0..<60, using: &random))
        if !chance(3) { fact.visitor = value("v", values) }
        if !chance(3) { fact.session = value("s", values + 3) }
        if chance(3) { addOrder(to: &fact, values) }
        if chance(4) { fact.email = value("m", values) }
        if chance(5) { fact.clicks = [ClickID(.gclid, value("g", values))] }
        if chance(9) { fact.campaign = Fact.CampaignClick(trackingID: value("t", values)) }
        return fact
    }

    private mutating func addOrder(to fact: inout Fact, _ values: Int) {
        fact.type = chance(2) ? "purchase" : "begin_checkout"
        var order = Fact.OrderReference()
        if chance(2) { order.id = value("o", values) }
        if chance(3) { order.name = value("n", values) }
        if chance(2) { order.cartToken = value("c", values) }
        if chance(3) { order.checkoutToken = value("k", values) }
        if order != Fact.OrderReference() || chance(2) { fact.order = order }
    }

    /// The same event as another edge took it: later or earlier, and where it is more than a visit
    /// perhaps with more to say.
    private mutating func copy(of event: Fact) -> Fact {
        var copy = event
        let shift = Duration.milliseconds(Int.random(in: -9_000...9_000, using: &random))
        // No two copies at one instant: which of those counts is for Ingest to say.
        copy.receivedAt += shift + .microseconds(events.count)
        if event.standing == .evidence, chance(2) {
            copy.email = value("m", 9)
            copy.order = copy.order ?? Fact.OrderReference(id: value("o", 9))
        }
        // A browser's own copy that came earlier also happened earlier.
        if chance(2) { copy.occurredAt += shift }
        return copy
    }
}

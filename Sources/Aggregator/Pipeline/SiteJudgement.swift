import Attribution
import Conversions
import ConveyProtocol
import Definitions
import Sites
import Timeline

/// A site's policy in the words of the rooms that follow it.
extension JudgedSite {
    var countingRule: CountingRule {
        CountingRule(
            platform: site.settings.platform, states: policy.countingStates,
            needsConfirmation: needsConfirmation)
    }

    /// The shop's own hosts are its name and those of its pages' origins.
    var touchRules: TouchRules {
        let origins = site.settings.origins.compactMap { Fact.Page.host(of: $0) }
        return TouchRules(ownHosts: [site.settings.name] + origins)
    }

    var model: CreditModel { CreditModel(rawValue: policy.model.rawValue) ?? .standard }

    var creditRules: CreditRules {
        let sharing = policy.sharing
        return CreditRules(
            halfLifeDays: sharing.halfLifeDays, firstPercent: sharing.positionPercents.first,
            lastPercent: sharing.positionPercents.last, countsDirect: sharing.creditsDirect,
            resetsOnConversion: sharing.resetsOnConversion) ?? .standard
    }
}

extension Person {
    /// The visitors among its keys.
    var visitors: Set<String> { Set(keys.filter { $0.kind == .visitor }.map(\.value)) }
}

extension OrderGroup {
    /// Parts that belong to the order and that its person does not lead to.
    func facts(joinedTo order: MergedOrder, beyond person: Person) -> [Fact] {
        let known = Set(person.facts.map(\.name))
        let joined = Set(order.parts.filter(\.isJoined).map(\.name))
        return facts.filter { joined.contains($0.name) && !known.contains($0.name) }
    }
}

extension Match {
    /// What the conversion is worth; nil where there is none.
    var value: Money? {
        switch self {
        case .matched(let value): value
        case .refused: nil
        }
    }
}

import ConveyProtocol
import Time
import Timeline

/// A touch in the making: the visits that tell of it, and what they say.
struct TouchDraft {
    let id: DerivedID
    var visits: [Visit]
    let marks: Set<Visit.Mark>
    let tags: Tags?
    let traffic: TrafficSource
    let channel: Channel
    let kind: Touch.Kind
    /// When the site first saw its click, perhaps with somebody else.
    let firstSight: Timestamp?

    var at: Timestamp {
        let own = visits.map(\.at).min()
        return min(own ?? .latest, firstSight ?? own ?? .latest)
    }

    /// The finished touch; of many visits the first few are named as evidence.
    func touch() -> Touch {
        let visits = visits.sorted(by: Visit.isBefore)
        let at = at
        let isKnownByOrder = visits.allSatisfy(\.isOrderPart) && at == visits.first?.at
        let tagged = visits.first { $0.tags != nil && $0.tags == tags }
        let clicks = marks.compactMap { mark -> ClickID? in
            if case .click(let click) = mark { click } else { nil }
        }
        return Touch(
            id: id, at: at, timing: isKnownByOrder ? .firstSight : .seen, kind: kind,
            channel: channel, traffic: traffic, content: tagged?.content, term: tagged?.term,
            clicks: clicks.sorted(),
            campaignLink: visits.lazy.compactMap(\.campaignLink).first,
            evidence: visits.prefix(Self.evidenceMax).map(\.name).sorted())
    }

    private static let evidenceMax = 20
}

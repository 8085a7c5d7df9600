import Attribution
import ConveyProtocol
import Time
import Timeline

/// Facts and touches as the tests need them: short to write, each different.
enum Sample {
    static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    static func day(_ days: Double) -> Timestamp {
        start + .microseconds(Int64(days * 86_400_000_000))
    }

    /// Touches of the kinds in letters: `a` ad click, `l` campaign link, `t` tagged, `r` referral,
    /// `d` direct; at the given days.
    static func touches(_ letters: String, at days: [Double]) -> [Touch] {
        zip(letters, days).enumerated().map { place, touch in
            let kind: Touch.Kind =
                switch touch.0 {
                case "a": .adClick
                case "l": .campaignLink
                case "t": .tagged
                case "r": .referral
                default: .direct
                }
            return self.touch(kind, at: day(touch.1), named: "\(place)")
        }
    }

    static func touch(
        _ kind: Touch.Kind, at: Timestamp, named name: String, link: String? = nil
    ) -> Touch {
        Touch(
            id: DerivedID("touch", .text(name)), at: at, timing: .seen, kind: kind,
            channel: Channel("Test"),
            traffic: TrafficSource(source: "s", medium: "m", campaign: name),
            clicks: kind == .adClick ? [ClickID(.gclid, "click-\(name)")] : [],
            campaignLink: link)
    }

    /// A fact of site 1.
    static func fact(
        _ name: String, at: Timestamp, type: String = "page_view",
        source: EventSource = .browser, _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        let credential: CredentialClass = source == .browser ? .siteKey : .webhook
        var fact = Fact(
            Fact.Name(site: 1, credential: credential, id: EventID(name)!), type: type,
            source: source, at: at)
        change(&fact)
        return fact
    }
}

extension [Credit] {
    /// Micros by the name that `Sample` gave to a touch.
    func micros(_ model: CreditModel) -> [String: Int64] {
        reduce(into: [:]) { found, credit in
            if credit[model] != .none { found[credit.traffic.campaign] = credit[model].micros }
        }
    }

    /// Billionths by the name that `Sample` gave to a touch.
    func billionths(_ model: CreditModel) -> [String: Int64] {
        reduce(into: [:]) { found, credit in
            if credit[model] != .none { found[credit.traffic.campaign] = credit[model].billionths }
        }
    }
}

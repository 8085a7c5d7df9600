import Daemon
import Sites

/// What `sites set` changes of how a site's events are judged; what is not named stays.
struct PolicyChange: Sendable {
    private let changes: [@Sendable (inout SitePolicy) -> Void]

    /// Reads the order's options; their ranges are the policy's own care.
    init(_ order: Order) throws(OrderRefusal) {
        var reader = Reader(order: order)
        try reader.readOrders()
        try reader.readAttribution()
        changes = reader.changes
    }

    /// Puts the changes into a site's policy.
    func apply(to policy: inout SitePolicy) {
        for change in changes { change(&policy) }
    }

    /// The options, as the command line explains them.
    static let options: [CommandGrammar.Option] = [
        .init(
            "counting-states", value: "A,B",
            "Order states that count; default: each platform's own, as paid."),
        .init(
            "confirmation", value: "RULE",
            "platform: a browser's purchase alone is unconfirmed; any; or default."),
        .init(
            "unknown-consent", value: "RULE",
            "What is sent then: withhold, click_id_only or send_unspecified."),
        .init(
            "grace", value: "TIME", "Longest wait for events that collectors still hold: 0 to 72h."),
        .init("window-days", value: "N", "Days from click to conversion, 1 to 90; or default."),
        .init("model", value: "NAME", "Whose credits count: last_non_direct, linear, ..."),
        .init("half-life-days", value: "N", "For time_decay: 1 to 90 days."),
        .init("position-percents", value: "FIRST,LAST", "For position_based: 40,40 by default."),
        .init("reset-on-conversion", value: "YES", "yes or no: a touch serves one conversion."),
        .init("credit-direct", value: "YES", "yes or no: direct visits may earn credit."),
    ]

    private struct Reader {
        let order: Order
        var changes: [@Sendable (inout SitePolicy) -> Void] = []

        mutating func readOrders() throws(OrderRefusal) {
            if let text = order.values["counting-states"] {
                let states = text.split(separator: ",").map { String($0) }
                changes.append { $0.countingStates = text == "default" ? nil : states }
            }
            if let text = order.values["confirmation"] {
                let rule = SitePolicy.Confirmation(rawValue: text)
                guard rule != nil || text == "default" else {
                    throw .wrongValue(option: "--confirmation", takes: "platform, any, default")
                }
                changes.append { $0.confirmation = rule }
            }
            if let text = order.values["unknown-consent"] {
                guard let rule = SitePolicy.UnknownConsent(rawValue: text) else {
                    throw .wrongValue(
                        option: "--unknown-consent",
                        takes: SitePolicy.UnknownConsent.allCases.map(\.rawValue)
                            .joined(separator: ", "))
                }
                changes.append { $0.unknownConsent = rule }
            }
            if let text = order.values["grace"] {
                guard let grace = DurationText.read(text), grace.components.attoseconds == 0 else {
                    throw .wrongValue(option: "--grace", takes: "whole seconds, as 90m or 2h")
                }
                changes.append { $0.grace = grace }
            }
        }

        mutating func readAttribution() throws(OrderRefusal) {
            if let text = order.values["window-days"] {
                let days = Int(text)
                guard days != nil || text == "default" else {
                    throw .wrongValue(option: "--window-days", takes: "1 to 90, or default")
                }
                changes.append { $0.windowDays = days }
            }
            if let text = order.values["model"] {
                guard let model = SitePolicy.Model(rawValue: text) else {
                    throw .wrongValue(
                        option: "--model",
                        takes: SitePolicy.Model.allCases.map(\.rawValue).joined(separator: ", "))
                }
                changes.append { $0.model = model }
            }
            if let text = order.values["half-life-days"] {
                guard let days = Int(text) else {
                    throw .wrongValue(option: "--half-life-days", takes: "1 to 90")
                }
                changes.append { $0.sharing.halfLifeDays = days }
            }
            if let text = order.values["position-percents"] {
                let parts = text.split(separator: ",").compactMap { Int($0) }
                guard parts.count == 2 else {
                    throw .wrongValue(option: "--position-percents", takes: "FIRST,LAST, as 40,40")
                }
                let percents = SitePolicy.PositionPercents(first: parts[0], last: parts[1])
                changes.append { $0.sharing.positionPercents = percents }
            }
            if let resets = try flag("reset-on-conversion") {
                changes.append { $0.sharing.resetsOnConversion = resets }
            }
            if let credits = try flag("credit-direct") {
                changes.append { $0.sharing.creditsDirect = credits }
            }
        }

        private func flag(_ option: String) throws(OrderRefusal) -> Bool? {
            switch order.values[option] {
            case nil: nil
            case "yes": true
            case "no": false
            default: throw .wrongValue(option: "--\(option)", takes: "yes or no")
            }
        }
    }
}

import Daemon
import Sites

/// A site's policy for a person: each setting by the name of the option that changes it.
struct PolicyText {
    let rows: [[String]]

    init(_ judged: JudgedSite) {
        let (policy, sharing) = (judged.policy, judged.policy.sharing)
        let percents = sharing.positionPercents
        let confirmation = policy.confirmation?.rawValue ?? "default"
        rows = [
            ["counting-states", policy.countingStates?.joined(separator: ",") ?? "default"],
            [
                "confirmation",
                confirmation + (judged.needsConfirmation ? " (by the platform)" : " (not needed)"),
            ],
            ["unknown-consent", policy.unknownConsent.rawValue],
            ["grace", DurationText.write(policy.grace)],
            ["window-days", policy.windowDays.map { String($0) } ?? "default"],
            ["model", policy.model.rawValue],
            ["half-life-days", String(sharing.halfLifeDays)],
            ["position-percents", "\(percents.first),\(percents.last)"],
            ["reset-on-conversion", sharing.resetsOnConversion ? "yes" : "no"],
            ["credit-direct", sharing.creditsDirect ? "yes" : "no"],
        ]
    }
}

/// An explanation as lines of text, in the order in which the order lived.
struct ExplanationText {
    private let explanation: Explanation

    init(_ explanation: Explanation) { self.explanation = explanation }

    var text: String {
        let order = explanation
        var lines = [headline]
        lines += section("What arrived", order.arrived.flatMap(\.lines))
        lines += section("What it says together", order.merged.lines)
        lines += section("Who bought", order.person.lines)
        for conversion in order.conversions { lines += conversion.lines }
        lines += section("What happens next", order.next)
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        let name = explanation.orderName.map { "#\($0)" } ?? explanation.identity
        let id = explanation.orderID.map { " (\($0))" } ?? ""
        let reason = explanation.stateReason.map { ", \($0)" } ?? ""
        return "Order \(name)\(id) at \(explanation.site): \(explanation.state)\(reason)"
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", title] + lines.map { "  \($0)" }
    }
}

extension Explanation.Arrived {
    fileprivate var lines: [String] {
        let what = [type, topic, status].compactMap(\.self).joined(separator: " · ")
        let by = collector.map { " by collector \($0)" } ?? ""
        let note =
            isJoined ? "" : "; only names the order's number, so its visitor is not the buyer"
        return [
            "\(occurredAt)  \(source): \(what)",
            "    \(event), taken \(receivedAt), stored \(storedAt ?? "no more")\(by)\(note)",
        ]
    }
}

extension Explanation.Merged {
    fileprivate var lines: [String] {
        var lines = [
            "bought \(purchasedAt)\(from("purchased_at"))",
            "state \(status ?? "not stated")\(from("status"))",
            "total \(amount(grossMicros))\(from("gross")), returned \(amount(refundedMicros)), "
                + "worth \(amount(valueMicros))",
        ]
        lines += refunds.map { refund in
            let note = refund.isSubtracted ? "" : "; another currency, not subtracted"
            return "  refund \(refund.id): \(amount(refund.micros, refund.currency)) by "
                + "\(refund.event)\(note)"
        }
        let purposes = consent.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return lines + ["consent: \(purposes.joined(separator: ", "))"]
    }

    private func from(_ field: String) -> String { origins[field].map { " (by \($0))" } ?? "" }

    private func amount(_ micros: Int64?, _ currency: String? = nil) -> String {
        AmountText.text(micros, currency ?? self.currency)
    }
}

extension Explanation.PersonView {
    fileprivate var lines: [String] {
        guard let id else { return ["nobody in particular: no identifier leads anywhere"] }
        return ["person \(id)"] + identifiers.map { "  \($0)" }
            + links.map { "  \($0.first) = \($0.second), by \($0.event)" }
            + disqualified.map { "  not followed: \($0)" }
    }
}

extension Explanation.ConversionView {
    fileprivate var lines: [String] {
        let head = ["", "Conversion \(definition) (assignment \(assignment))"]
        if let refusal { return head + ["  none: \(refusal)"] }
        let value = AmountText.text(valueMicros, currency ?? "")
        var lines = head
        lines.append(
            "  \(id ?? "not written yet"): \(status ?? "not yet"), \(value), version \(version ?? 0)"
        )
        lines.append("  settled: \(settledAt ?? "not yet")")
        lines.append(
            "  window \(windowDays) days (set by \(windowSetBy)), credited by \(model)")
        lines += touches.isEmpty ? ["  no touch is known"] : touches.flatMap(\.lines)
        lines += versions.map { version in
            "  version \(version.version) at \(version.at): \(version.status), "
                + "\(AmountText.text(version.valueMicros, currency ?? "")) (\(version.cause))"
        }
        return lines + uploads.flatMap(\.lines)
    }
}

extension Explanation.TouchView {
    fileprivate var lines: [String] {
        let names = [source, medium, campaign].compactMap(\.self).filter { !$0.isEmpty }
        let ids = clicks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let about = ([channel, names.joined(separator: " / ")] + ids).filter { !$0.isEmpty }
        let shares = micros.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let credit = shares.isEmpty ? "no credit" : "micros by \(shares.joined(separator: ", "))"
        let own = windowDays.map { " of \($0) days that its link has" } ?? ""
        return [
            "  touch \(at)  \(kind): \(about.joined(separator: ", "))",
            "    \(standing): \(because)\(own); \(credit)",
        ]
    }
}

extension Explanation.UploadView {
    fileprivate var lines: [String] {
        var lines = [
            "  upload to \(destination), version \(version): \(state)"
                + (code.map { " (\($0))" } ?? "")
                + ", \(value) \(currency)"
                + (transactionID.map { ", transaction \($0)" } ?? "")
        ]
        if let because { lines.append("    \(because)") }
        if let remedy { lines.append("    to do: \(remedy)") }
        if let click { lines.append("    click \(click)") }
        return lines
            + attempts.map { attempt in
                let parts: [String?] = [
                    attempt.httpStatus.map { "HTTP \($0)" }, attempt.code,
                    attempt.requestID.map { "request \($0)" }, "\(attempt.latencyMs) ms",
                ]
                return "    \(attempt.at) \(attempt.what) \(attempt.outcome): "
                    + parts.compactMap(\.self).joined(separator: ", ")
            }
    }
}

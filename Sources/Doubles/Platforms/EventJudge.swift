internal import Time

/// Decides what becomes of an accepted event at processing: taken, or failed for a reason. Pure.
struct EventJudge {
    let behaviour: DoubleBehaviour
    let now: Timestamp

    private static let ageMax: Duration = .seconds(90 * 86_400)
    private static let recentMax: Duration = .seconds(6 * 3600)

    /// One entry for each event and each destination that it goes to.
    func entries(_ request: IngestRequest) -> [ConversionRecord.Entry] {
        var entries: [ConversionRecord.Entry] = []
        entries.reserveCapacity(request.events.count)
        for (index, event) in request.events.enumerated() {
            let consent = event.adUserData.isEmpty ? request.adUserData : event.adUserData
            let reason = reason(event, consent: consent)
            for destination in request.destinations
            where event.references.isEmpty || event.references.contains(destination.reference) {
                entries.append(entry(event, destination, reason, index))
            }
        }
        return entries
    }

    private func entry(
        _ event: IngestRequest.Event, _ destination: IngestRequest.Destination, _ reason: String?,
        _ index: Int
    ) -> ConversionRecord.Entry {
        ConversionRecord.Entry(
            key: .init(
                account: destination.operatingAccount, action: destination.conversionAction,
                transactionID: event.transactionID),
            occurredAt: event.at ?? now,
            click: event.clicks.first.map { "\($0.kind):\($0.value)" } ?? "",
            micros: Int64(((event.value ?? 0) * 1_000_000).rounded()), currency: event.currency,
            reason: reason.map { $0.hasPrefix("PROCESSING_") ? $0 : "\(Self.prefix)\($0)" },
            index: index)
    }

    private static let prefix = "PROCESSING_ERROR_REASON_"

    private func reason(_ event: IngestRequest.Event, consent: String) -> String? {
        if consent == "CONSENT_DENIED" { return "DENIED_CONSENT" }
        let occurredAt = event.at ?? now
        if now - occurredAt > Self.ageMax { return "EVENT_TOO_OLD" }
        guard let (kind, value) = event.clicks.first else { return nil }
        let isWhole =
            value.utf8.count >= behaviour.clickLengthMin
            && value.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "-_.".utf8.contains(byte)
            }
        guard isWhole else { return "INVALID_\(kind.uppercased())" }
        return behaviour.clicks[value].flatMap { reason($0, occurredAt: occurredAt) }
    }

    private func reason(_ click: DoubleBehaviour.Click, occurredAt: Timestamp) -> String? {
        if let reason = click.reason { return reason }
        guard let clickedAt = click.clickedAt.flatMap({ Timestamp(rfc3339: $0) }) else {
            return nil
        }
        if occurredAt < clickedAt { return "CONVERSION_PRECEDES_CLICK" }
        if now - clickedAt < Self.recentMax { return "TOO_RECENT_CLICK" }
        return now - clickedAt > Self.ageMax ? "EVENT_TOO_OLD" : nil
    }
}

import Foundation
import Stage

/// Holds what the shops did against the platform's record, and the aggregator's word against both.
struct Audit: Sendable {
    let siege: Siege
    let endings: [Life.Ending]

    /// An upload as `uploads list` shows it.
    private struct Upload {
        let version: Int
        let state: String
        let code: String
        let valueMicros: Int64?
        let transactionID: String

        init(_ row: [String: String]) {
            version = row["version"].flatMap { Int($0) } ?? 0
            (state, code) = (row["state"] ?? "", row["code"] ?? "")
            valueMicros = row["value_micros"].flatMap { Int64($0) }
            transactionID = row["transaction_id"] ?? ""
        }
    }

    /// Whether the record is as the shops expect, as far as that can be told while it grows.
    func isReached() -> Bool {
        endings.allSatisfy { ending in
            let id = siege.transactionID(of: ending.orderID, shop: ending.shop)
            return ending.expected.allSatisfy { action, expected in
                expected.allows(siege.record.values(of: id, at: action).last)
            }
        }
    }

    /// What is wrong, in words; empty in a sound run.
    func findings() async throws -> [String] {
        let held = try await siege.google.conversions()
        let rows = try await siege.stage.rows(["uploads", "list", "--limit", "1000000", "--json"])
        let byKey = Dictionary(
            held.map { ("\($0.action) \($0.transactionID)", $0) }, uniquingKeysWith: { $1 })
        let uploads = Dictionary(grouping: rows) {
            "\($0["destination"] ?? "") \($0["site"] ?? "").\($0["order"] ?? "")"
        }.mapValues { $0.map(Upload.init).sorted { $0.version < $1.version } }
        var found: [String] = []
        var known: Set<String> = []
        for ending in endings {
            let id = siege.transactionID(of: ending.orderID, shop: ending.shop)
            for (action, expected) in ending.expected {
                known.insert("\(action) \(id)")
                let conversion = byKey["\(action) \(id)"]
                let own = uploads["\(Siege.destination(action)) \(id)"] ?? []
                let all =
                    platform(conversion, ending, expected) + aggregator(own, conversion, ending)
                found += all.map { "order \(id) (\(ending.kind)) at \(action): \($0)" }
            }
        }
        found += byKey.keys.filter { !known.contains($0) }.sorted()
            .map { "\($0) is held, and no shop has such an order" }
        if byKey.count < held.count { found.append("a conversion is held twice") }
        return found
    }

    /// The platform's record against what the shop did.
    private func platform(
        _ held: StandIn.Held?, _ ending: Life.Ending, _ expected: Life.Expected
    ) -> [String] {
        var found: [String] = []
        if !expected.allows(held?.valueMicros) {
            found.append(
                "\(expected) was expected, held is \(held.map { "\($0.valueMicros)" } ?? "nothing")"
            )
        }
        guard let held else { return found }
        let history = held.values.map(\.valueMicros)
        let places = history.map { ending.values.firstIndex(of: $0) }
        if places.contains(nil) {
            found.append("values \(history), of them one is none of its own")
        }
        let order = places.compactMap(\.self)
        if zip(order, order.dropFirst()).contains(where: { $0 >= $1 }) {
            found.append("values \(history) go back in time")
        }
        if history.first == 0 { found.append("a refund came before the sale") }
        if held.earlyChanges > 0 { found.append("changed before the verdict on the value before") }
        if held.currency != "EUR" { found.append("its currency is \(held.currency)") }
        if held.click != "gclid:\(ending.click ?? "")" {
            found.append("its click is \(held.click)")
        }
        return found
    }

    /// The aggregator's word against the platform's record.
    private func aggregator(
        _ uploads: [Upload], _ held: StandIn.Held?, _ ending: Life.Ending
    ) -> [String] {
        var found: [String] = []
        for upload in uploads {
            let place = "version \(upload.version) is \(upload.state) \(upload.code)"
            switch upload.state {
            case "confirmed", "cancelled": break
            case "rejected" where ending.kind == .poisoned:
                if !upload.code.hasSuffix("INVALID_GCLID") { found.append(place) }
            case "held" where ending.kind.heldFor == upload.code: break
            case "unknown" where ending.kind == .deniedLater: break
            default: found.append(place)
            }
            if !upload.transactionID.isEmpty, let held, upload.transactionID != held.transactionID {
                found.append("version \(upload.version) was sent as \(upload.transactionID)")
            }
        }
        let confirmed = uploads.last { $0.state == "confirmed" }
        let isUnknown = uploads.contains { $0.state == "unknown" }
        if confirmed?.valueMicros != held?.valueMicros, !isUnknown {
            found.append(
                "confirmed is \(confirmed?.valueMicros ?? -1), held \(held?.valueMicros ?? -1)")
        }
        if uploads.isEmpty, ending.kind != .test { found.append("there is no upload") }
        return found
    }
}

extension Life.Expected {
    /// Whether a final value is right; nil: the platform never heard of the order.
    func allows(_ micros: Int64?) -> Bool {
        switch self {
        case .absent: micros == nil
        case .value(let value): micros == value
        case .zeroOrAbsent: micros == nil || micros == 0
        case .anyOrAbsent: true
        }
    }
}

extension Life.Kind {
    /// Why its upload waits for good.
    fileprivate var heldFor: String? {
        switch self {
        case .unanswered: "consent_unknown"
        case .fresh: "too_recent_click"
        case .unconfirmed: "unconfirmed"
        case .usual, .takenBack, .denied, .deniedLater, .poisoned, .test: nil
        }
    }
}

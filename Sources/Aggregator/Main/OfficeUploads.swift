import Daemon
import Destinations
import FoundationEssentials
import Pipeline
import Store
import Tenancy
import Time

/// Orders about what was sent, and what waits to be.
extension Office {
    func uploads(_ order: Order) async throws -> Reply {
        switch order.command {
        case "uploads list":
            let limit = try Self.limit(order)
            let state = try order.values["state"].map { text in
                guard let state = UploadState(rawValue: text) else {
                    throw OrderRefusal.wrongValue(
                        option: "--state",
                        takes: UploadState.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return state
            }
            let verdicts = verdicts
            let rows = try await read(order) { tenant in
                try Self.newest(limit, state, UploadRecords(tenant, verdicts))
            }
            return Listing(Self.uploadColumns, rows.map(Self.row)).reply(order)
        case "uploads show":
            let (number, verdicts) = (try Self.number(order), verdicts)
            let upload = try await read(order) { tenant in
                try UploadRecords(tenant, verdicts).named(number)
            }
            return Reply(exitStatus: 0, output: try Self.json(upload))
        case "uploads retry":
            return try await touch(order, "It is looked at again.") { try $0.retry($1) }
        case "uploads cancel":
            return try await touch(order, "It is not sent.") { try $0.cancel($1) }
        default: throw OrderRefusal.unknownCommand
        }
    }

    private func touch(
        _ order: Order, _ sentence: String,
        _ body: @escaping @Sendable (UploadChanges, Int64) throws -> Void
    ) async throws -> Reply {
        let number = try Self.number(order)
        try await change(order) { tenant, now in
            try body(UploadChanges(tenant, at: now), number)
            return ((), "\(number)")
        }
        bells.uploads.ring()
        return Reply(exitStatus: 0, output: sentence)
    }

    private static func number(_ order: Order) throws(OrderRefusal) -> Int64 {
        guard let number = Int64(order.operands[0]) else {
            throw .wrongValue(option: "NUMBER", takes: "a number of uploads list")
        }
        return number
    }

    /// Reads back page by page until enough are found or none are left.
    private static func newest(
        _ limit: Int, _ state: UploadState?, _ records: UploadRecords
    ) throws -> [UploadRecord] {
        var filter = UploadFilter()
        (filter.state, filter.limit) = (state, 1_000)
        var found: [UploadRecord] = []
        while found.count < limit {
            let page = try records.list(filter)
            guard let last = page.last else { break }
            filter.before = last.number
            found += page.prefix(limit - found.count)
        }
        return found
    }

    private static func json(_ upload: UploadRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(upload), as: UTF8.self)
    }

    private static let uploadColumns = [
        "number", "destination", "conversion", "version", "order", "site", "state", "code", "value",
        "value_micros", "currency", "transaction_id", "click", "until", "words", "remedy",
    ]

    private static func row(_ upload: UploadRecord) -> [String] {
        [
            "\(upload.number)", upload.destination, upload.conversionID, "\(upload.version)",
            upload.orderID, upload.site, upload.state.rawValue, upload.code ?? "", upload.value,
            "\(upload.valueMicros)", upload.currency, upload.transactionID ?? "",
            upload.click ?? "", upload.until?.description ?? "", upload.words ?? "",
            upload.remedy ?? "",
        ]
    }
}

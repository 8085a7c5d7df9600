import Foundation
import Synchronization

/// The double's own record as it grows, read from its file: what an order is held with, and since when
/// the platform knows it. Nothing of the double's program is used to read it.
final class RecordTail: Sendable {
    private struct Contents {
        var offset: UInt64 = 0
        var rest = Data()
        /// Every change of value, by conversion action and transaction id.
        var values: [String: [String: [Int64]]] = [:]
        var requests = 0
    }

    private let path: String
    private let contents = Mutex(Contents())

    init(_ path: String) { self.path = path }

    /// Reads what was appended since the last call.
    func read() throws {
        try contents.withLock { contents in
            guard let file = FileHandle(forReadingAtPath: path) else { return }
            defer { try? file.close() }
            try file.seek(toOffset: contents.offset)
            guard let new = try file.readToEnd() else { return }
            contents.offset += UInt64(new.count)
            contents.rest.append(new)
            while let end = contents.rest.firstIndex(of: UInt8(ascii: "\n")) {
                Self.apply(Data(contents.rest[..<end]), to: &contents)
                contents.rest = Data(contents.rest[(end + 1)...])
            }
        }
    }

    /// Requests that were taken.
    var requests: Int { contents.withLock { $0.requests } }

    /// Every value that a conversion had, the first first; empty where the platform never heard of it.
    func values(of transactionID: String, at action: String) -> [Int64] {
        contents.withLock { $0.values[action]?[transactionID] ?? [] }
    }

    /// Where a conversion is held.
    func actions(holding transactionID: String) -> Set<String> {
        contents.withLock { contents in
            Set(contents.values.filter { $0.value[transactionID] != nil }.keys)
        }
    }

    /// A line: the request's id and times, and its events as account, action, transaction id, time,
    /// click, micros, currency, reason of failure, index.
    private static func apply(_ line: Data, to contents: inout Contents) {
        contents.requests += 1
        guard let root = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
            let events = root["events"] as? [[Any]]
        else { return }
        for event in events where event.count == 9 {
            guard let action = event[1] as? String, let id = event[2] as? String,
                let micros = event[5] as? Int64, event[7] as? String == "",
                contents.values[action]?[id]?.last != micros
            else { continue }
            contents.values[action, default: [:]][id, default: []].append(micros)
        }
    }
}

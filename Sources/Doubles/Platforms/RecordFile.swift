internal import Daemon
internal import JSON
internal import Time

/// Keeps the record on disk, a line an accepted request, so that a double that was killed remembers
/// what it answered for.
struct RecordFile: Sendable {
    private static let bytesMax = 4_294_967_296
    private let file: AppendedFile

    /// Opens the file and gives back what it holds. A line that is cut off was never answered for.
    static func open(
        _ path: String
    ) throws(SystemFault) -> (file: RecordFile, record: ConversionRecord) {
        var record = ConversionRecord()
        if BoundedFile.exists(path) {
            let bytes = try BoundedFile.read(path, bytesMax: bytesMax)
            var parser = JSONParser(bytesMax: 67_108_864)
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                replay(bytes.span.extracting(start..<end), &parser, into: &record)
                start = end + 1
            }
        }
        return (RecordFile(file: try AppendedFile(path)), record)
    }

    func append(
        _ request: ConversionRecord.Request, _ entries: [ConversionRecord.Entry]
    ) throws(SystemFault) {
        try file.append(Self.line(request, entries))
    }

    static func line(
        _ request: ConversionRecord.Request, _ entries: [ConversionRecord.Entry]
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 200 * entries.count + 200)
        json.object { json in
            json.key("id")
            json.string(request.id)
            json.key("at_us")
            json.integer(request.at.microseconds)
            json.key("decided_at_us")
            json.integer(request.decidedAt.microseconds)
            json.key("parts")
            json.array { json in
                for part in request.parts { write(part, &json) }
            }
            json.key("events")
            json.array { json in
                for entry in entries { write(entry, &json) }
            }
        }
        json.lineBreak()
        return json.bytes
    }

    private static func write(_ part: ConversionRecord.Part, _ json: inout JSONWriter) {
        json.array { json in
            json.string(part.account)
            json.string(part.action)
            json.integer(Int64(part.records))
        }
    }

    private static func write(_ entry: ConversionRecord.Entry, _ json: inout JSONWriter) {
        json.array { json in
            json.string(entry.key.account)
            json.string(entry.key.action)
            json.string(entry.key.transactionID)
            json.integer(entry.occurredAt.microseconds)
            json.string(entry.click)
            json.integer(entry.micros)
            json.string(entry.currency)
            json.string(entry.reason ?? "")
            json.integer(Int64(entry.index))
        }
    }

    private static func replay(
        _ line: Span<UInt8>, _ parser: inout JSONParser, into record: inout ConversionRecord
    ) {
        do throws(JSONError) {
            try parser.parse(line) { root throws(JSONError) in
                guard var request = request(root), let events = root["events"]?.array
                else { return }
                let entries = events.compactMap(entry)
                for entry in entries { request.note(entry) }
                record.apply(request, entries)
            }
        } catch {}
    }

    private static func request(_ root: JSONElement) -> ConversionRecord.Request? {
        guard let id = root["id"]?.string, let at = root["at_us"]?.int64,
            let decided = root["decided_at_us"]?.int64, let parts = root["parts"]?.array
        else { return nil }
        return ConversionRecord.Request(
            id: id, at: Timestamp(microseconds: at), decidedAt: Timestamp(microseconds: decided),
            parts: parts.compactMap { part in
                let values = Array(part.array.map { Array($0) } ?? [])
                guard values.count == 3, let account = values[0].string,
                    let action = values[1].string, let records = values[2].int64
                else { return nil }
                return .init(account: account, action: action, records: Int(records))
            })
    }

    private static func entry(_ element: JSONElement) -> ConversionRecord.Entry? {
        let values = element.array.map { Array($0) } ?? []
        guard values.count == 9, let account = values[0].string, let action = values[1].string,
            let id = values[2].string, let at = values[3].int64, let click = values[4].string,
            let micros = values[5].int64, let currency = values[6].string,
            let reason = values[7].string, let index = values[8].int64
        else { return nil }
        return ConversionRecord.Entry(
            key: .init(account: account, action: action, transactionID: id),
            occurredAt: Timestamp(microseconds: at), click: click, micros: micros,
            currency: currency, reason: reason.isEmpty ? nil : reason, index: Int(index))
    }
}

extension ConversionRecord.Request {
    /// Adds an event's failure to the part of its destination.
    mutating func note(_ entry: ConversionRecord.Entry) {
        guard let reason = entry.reason,
            let part = parts.firstIndex(where: {
                $0.account == entry.key.account && $0.action == entry.key.action
            })
        else { return }
        parts[part].failures[reason, default: []].append(entry.index)
    }
}

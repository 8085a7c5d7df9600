import ConveyProtocol
import Crypto
import HTTP
import JSON
import Time

/// A CloudEvent's attributes; its data is the event.
/// - Source: CloudEvents 1.0.2, "JSON Event Format" and "HTTP Protocol Binding".
struct CloudEvent {
    private let id, source, type: String
    private let time: String?
    /// Attributes that we need not know, as `subject`.
    private let others: [(name: String, value: String)]

    private static let othersMax = 32

    /// Reads the attributes of structured mode.
    init(_ event: JSONElement) throws(EventFault) {
        guard let members = event.object else { throw EventFault(.wrongType) }
        var attributes: [(name: String, value: String)] = []
        for (key, value) in members {
            guard let name = key.string, let text = Self.text(value) else { continue }
            attributes.append((name, text))
        }
        try self.init(attributes)
    }

    /// Reads the attributes of binary mode, from the fields whose names begin with `ce-`.
    init(_ headers: Headers) throws(EventFault) {
        var attributes: [(name: String, value: String)] = []
        for (name, value) in headers.all where name.lowercased().hasPrefix("ce-") {
            guard let value = Self.decoded(value) else { throw EventFault(.invalidValue) }
            attributes.append((String(name.lowercased().dropFirst(3)), value))
        }
        try self.init(attributes)
    }

    private init(_ attributes: [(name: String, value: String)]) throws(EventFault) {
        let value = { (name: String) -> String? in attributes.first { $0.name == name }?.value }
        let required = { (name: StaticString) throws(EventFault) -> String in
            guard let text = value(name.description), !text.isEmpty else {
                throw EventFault(.missingMember, at: "/\(name)")
            }
            return text
        }
        guard try required("specversion") == "1.0" else {
            throw EventFault(.invalidValue, at: "/specversion")
        }
        id = try required("id")
        source = try required("source")
        type = try required("type")
        time = value("time")
        if let time, Timestamp(rfc3339: time) == nil {
            throw EventFault(.invalidValue, at: "/time")
        }
        others = Self.others(attributes)
    }

    /// Of a repeated field the first counts.
    private static func others(
        _ attributes: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        var seen = known
        let others = attributes.filter { isName($0.name) && seen.insert($0.name).inserted }
        return Array(others.prefix(othersMax))
    }

    private static let known: Set<String> = [
        "specversion", "id", "source", "type", "time", "datacontenttype", "data", "data_base64",
    ]

    /// An attribute's canonical text; nil for what is none.
    private static func text(_ value: JSONElement) -> String? {
        value.string ?? value.int64.map { String($0) } ?? value.bool.map { String($0) }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 }
    }

    /// A field's value: a quoted string as older senders wrote it, then percent-encoded once.
    private static func decoded(_ value: String) -> String? {
        var text = value
        if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            text = ""
            var isEscaped = false
            for character in value.dropFirst().dropLast() {
                if character == "\\", !isEscaped {
                    isEscaped = true
                } else {
                    text.append(character)
                    isEscaped = false
                }
            }
        }
        return PercentEncoding.decode(text, plusIsSpace: false)
    }

    // MARK: Identity

    /// The same for every try: an id is unique for its source only.
    private static func id(_ source: String, _ id: String) -> EventID {
        EventID("ce:", digestOf: Array(source.utf8) + [0] + Array(id.utf8))
    }

    /// What can be read of an event that is refused.
    static func label(of event: JSONElement) -> EventLabel {
        label(event["source"]?.string, event["id"]?.string, event["type"]?.string)
    }

    static func label(of headers: Headers) -> EventLabel {
        let value = { (name: StaticString) in headers[name].flatMap { decoded($0) } }
        return label(value("ce-source"), value("ce-id"), value("ce-type"))
    }

    private static func label(_ source: String?, _ id: String?, _ type: String?) -> EventLabel {
        var label = EventLabel(type: type.map { ForeignName.type($0, keepsDots: true) })
        if let source, let id { label.id = Self.id(source, id) }
        return label
    }

    // MARK: Writing

    /// Writes the event that structured mode holds in `data`, or in base64 in `data_base64`.
    func write(
        dataOf event: JSONElement, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        do throws(EventFault) {
            guard let text = event["data_base64"]?.string else {
                return try write(event["data"], context, on: bench)
            }
            guard let bytes = Base64.decode(text), !bytes.isEmpty else {
                throw EventFault(.invalidValue)
            }
            var parser = JSONParser(bytesMax: bytes.count)
            return try parser.parse(bytes.span, orThrow: Self.unreadable) {
                data throws(EventFault) in try write(data, context, on: bench)
            }
        } catch {
            let isOfWhole = error.code == .tooLarge && error.pointer.isEmpty
            throw isOfWhole ? error : EventFault(error.code, at: "/data\(error.pointer)")
        }
    }

    private static func unreadable(_: JSONError) -> EventFault { EventFault(.invalidJSON) }

    /// Writes the event.
    /// - Parameter data: A sender's event; its own id, type and time yield to the attributes.
    func write(
        _ data: JSONElement?, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        let data = data.flatMap { $0.isNull ? nil : $0 }
        if let data, data.kind != .object { throw EventFault(.wrongType) }
        let custom = data?["data"].flatMap { $0.isNull ? nil : $0 }
        if let custom, custom.kind != .object { throw EventFault(.wrongType, at: "/data") }
        bench.draft.removeAll()
        bench.draft.object { writer in
            writer.member("id", Self.id(source, id).description)
            writer.member("type", ForeignName.type(type, keepsDots: true))
            writer.member("occurred_at", time)
            if let data { writeMembers(of: data, to: &writer) }
            writer.key("data")
            writer.object { writeData(custom, to: &$0) }
        }
        return try bench.writeDraft(context)
    }

    private func writeMembers(of data: JSONElement, to writer: inout JSONWriter) {
        var names: [StaticString] = ["id", "type", "data", "cloud_event"]
        if time != nil { names.append("occurred_at") }
        BrowserEvent.writeMembers(
            of: data, beside: BrowserEvent.landing(of: data), except: names, to: &writer)
    }

    private func writeData(_ custom: JSONElement?, to writer: inout JSONWriter) {
        if let members = custom?.object {
            for (key, value) in members where !(key == "cloud_event") {
                writer.key(key)
                writer.element(value)
            }
        }
        writer.key("cloud_event")
        writer.object { writer in
            writer.member("id", id)
            writer.member("source", source)
            writer.member("type", type)
            for (name, value) in others {
                writer.key(name)
                writer.string(value)
            }
        }
    }
}

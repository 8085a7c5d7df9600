package import Crypto
package import JSON
internal import Time

/// Writes canonical events from a sender's JSON, in one pass over it and without a string for each
/// field: cuts, scrubs, hashes and corrects by the schema. Reusable; not for two threads at once.
package struct EventWriter<Random: RandomSource>: ~Copyable {
    private let random: Random
    private var writer = JSONWriter(capacity: 4096)

    /// - Parameter random: Makes ids for events without one.
    package init(random: Random) { self.random = random }

    /// The canonical bytes of the last event that was written, without `seq` and LF.
    package var bytes: [UInt8] { writer.bytes }

    /// Writes one event; `bytes` then holds it until the next call.
    /// - Parameter event: The sender's object. Members that the schema does not name go to `data`.
    /// - Throws: What must be refused. Its pointer names places of the schema, never foreign text.
    package mutating func write(
        _ event: JSONElement, _ context: EventContext
    ) throws(EventFault) -> WrittenEvent {
        let parts = try SenderParts(event)
        let type = try parts.type()
        let (id, isGenerated) = try parts.id(context, random)
        let heading = Heading(id: id, type: type, time: try parts.time(context))
        var body = EventBody(context)
        if isGenerated { body.flags.append(.generatedID) }
        writer.removeAll()
        try writer.object { writer throws(EventFault) in
            try body.write(parts, heading, to: &writer)
        }
        guard writer.bytes.count <= EventSchema.bytesMax else { throw EventFault(.tooLarge) }
        return WrittenEvent(
            id: id, lane: body.lane(of: type, parts), isIDGenerated: isGenerated,
            isTruncated: !body.truncated.isEmpty)
    }
}

/// The members of a sender's event, found in one pass.
struct SenderParts {
    private var slots: [24 of JSONElement?] = .init(repeating: nil)
    private(set) var sentAt: JSONElement?
    /// The whole object, to find what the schema does not name.
    let root: JSONElement
    private(set) var hasExtras = false

    /// What a sender may state but does not decide, and what belongs to the request.
    private static let ignored = (["seq", "key", "writeKey"] as [StaticString]).map {
        FieldName($0)
    }
    private static let sentAtName = FieldName("sent_at")

    init(_ root: JSONElement) throws(EventFault) {
        guard let members = root.object else { throw EventFault(.wrongType) }
        self.root = root
        for (key, value) in members where !value.isNull {
            guard let name = key.fieldName else {
                hasExtras = true
                continue
            }
            if let member = EventSchema.Member(name) {
                slots[member.rawValue] = value
            } else if name == Self.sentAtName {
                sentAt = value
            } else if !Self.ignored.contains(name) {
                hasExtras = true
            }
        }
    }

    subscript(member: EventSchema.Member) -> JSONElement? { slots[member.rawValue] }

    /// Whether a member of the root goes to `data`.
    static func isExtra(_ key: JSONElement) -> Bool {
        guard let name = key.fieldName else { return true }
        return EventSchema.Member(name) == nil && name != sentAtName && !ignored.contains(name)
    }

    func type() throws(EventFault) -> String {
        guard let element = self[.type] else { throw .at(.type, .missingMember) }
        let type: String?? = element.withUTF8 {
            TextRule.isType($0) ? String(copying: $0) : nil
        }
        guard let type else { throw .at(.type, .wrongType) }
        guard let type else { throw .at(.type, .invalidValue) }
        return type
    }

    /// The sender's id, else the request's, else a new one.
    func id(
        _ context: EventContext, _ random: some RandomSource
    ) throws(EventFault) -> (id: EventID, isGenerated: Bool) {
        guard let element = self[.id] else {
            if let id = context.fallbackID { return (id, false) }
            return (EventID(at: context.receivedAt, random: random), true)
        }
        if let number = element.int64, let id = EventID(String(number)) { return (id, false) }
        let id: EventID?? = element.withUTF8 { EventID(utf8: $0) }
        guard let id else { throw .at(.id, .wrongType) }
        guard let id else { throw .at(.id, .invalidValue) }
        return (id, false)
    }

    func time(_ context: EventContext) throws(EventFault) -> EventTime {
        EventTime(
            stated: try Self.time(self[.occurredAt], "/occurred_at"),
            sentAt: try Self.time(sentAt, "/sent_at") ?? context.sentAt,
            receivedAt: context.receivedAt.roundedDownToMilliseconds,
            isBrowser: context.source == .browser)
    }

    private static func time(
        _ element: JSONElement?, _ pointer: String
    ) throws(EventFault) -> Timestamp? {
        guard let element else { return nil }
        let time: Timestamp?? = element.withUTF8 { Timestamp(rfc3339: $0) }
        guard let time else { throw EventFault(.wrongType, at: pointer) }
        guard let time else { throw EventFault(.invalidValue, at: pointer) }
        return time.roundedDownToMilliseconds
    }
}

/// The first members of an event, which the collector decides.
struct Heading {
    let id: EventID
    let type: String
    let time: EventTime
}

import ConveyProtocol
import JSON
import Time

/// Writes one call of Segment's API as a sender's event, still with raw personal values: it lives in
/// memory only, until the event writer has hashed them by the site's rule.
///
/// Segment's libraries send whatever a shop's code gives them. So what is not of the form that its
/// specification says is left out, or stays among the properties; only a missing name, an unreadable
/// time and the unreadable money of a sale refuse the event.
/// - Source: Segment's "Spec: Common Fields" and the pages of the six calls.
struct SegmentMessage {
    let call: SegmentCall
    let message: ForeignFields
    let context: SegmentContext
    let name: SegmentName
    /// What the call says beside the common fields; of identify and group, the traits.
    var properties: SegmentProperties

    /// - Parameter batch: The context that all messages of a batch share.
    init(
        _ message: JSONElement, _ call: SegmentCall, batch: ForeignFields
    ) throws(EventFault) {
        guard message.kind == .object else { throw EventFault(.wrongType) }
        self.call = call
        self.message = ForeignFields(message)
        context = SegmentContext(own: self.message.object("context"), shared: batch)
        properties = SegmentProperties(message["properties"])
        if let type = call.type {
            name = SegmentName(type)
        } else {
            guard let event = self.message.text("event") else {
                throw EventFault(.missingMember, at: "/event")
            }
            name = SegmentName(event)
        }
    }

    /// The id that every try of the same message has; nil where the library sent none.
    static func id(of message: ForeignFields) -> EventID? {
        guard let text = message.id("messageId") else { return nil }
        return EventID(text) ?? EventID("segment:", digestOf: Array(text.utf8))
    }

    mutating func write(to writer: inout JSONWriter) throws(EventFault) {
        let occurredAt = try occurredAt()
        let page = SegmentPage(self)
        properties.take(page.names)
        let value = try takeValue()
        try writer.object { writer throws(EventFault) in
            writer.member("id", Self.id(of: message)?.description)
            writer.member("type", name.type)
            writer.member("occurred_at", occurredAt)
            writer.member("sent_at", sentAt)
            writer.member("visitor", visitor)
            writer.member("session", context.id("sessionId"))
            writePerson(to: &writer)
            page.write(to: &writer)
            context.writeClient(to: &writer)
            writeOrigin(page, to: &writer)
            context.writeConsent(to: &writer)
            writeOrder(to: &writer)
            value?.write(to: &writer)
            writeItems(to: &writer)
            writeData(to: &writer)
        }
    }

    // MARK: Who and when

    /// An alias gives the name that went before: the same browser's, until its user was known.
    private var visitor: String? {
        message.id("anonymousId") ?? (call == .alias ? message.id("previousId") : nil)
    }

    private func occurredAt() throws(EventFault) -> String? {
        for name in ["timestamp", "originalTimestamp"] as [StaticString] {
            guard message[name] != nil else { continue }
            guard let text = message.text(name), Timestamp(rfc3339: text) != nil else {
                throw EventFault(.invalidValue, at: "/\(name)")
            }
            return text
        }
        return nil
    }

    /// The sender's clock; left out where somebody on the way has corrected the time already.
    private var sentAt: String? {
        guard message["timestamp"] == nil || message["originalTimestamp"] == nil,
            let text = message.text("sentAt"), Timestamp(rfc3339: text) != nil
        else { return nil }
        return text
    }

    // MARK: Everything else

    /// What the call said that has no place of its own.
    private func writeData(to writer: inout JSONWriter) {
        writer.key("data")
        writer.object { writer in
            properties.writeRest(except: "segment", to: &writer)
            writer.key("segment")
            writer.object { writer in
                writer.member("event", call == .track ? message.text("event") : nil)
                writer.member("name", message.text("name"))
                writer.member("category", message.text("category"))
                writer.member("group_id", message.id("groupId") ?? context.id("groupId"))
                writer.member("previous_id", message.id("previousId"))
                writer.member("library", context.object("library").text("name"))
                writeTraits(to: &writer)
            }
        }
    }

    private func writeTraits(to writer: inout JSONWriter) {
        guard call == .identify || call == .group else { return }
        var traits = SegmentProperties(message["traits"])
        traits.take(call == .group ? SegmentPerson.contactNames : SegmentPerson.names)
        guard !traits.isEmpty else { return }
        writer.key("traits")
        writer.object { traits.writeRest(to: &$0) }
    }
}

/// The properties of a call. Whoever puts one into its own place takes it, so that `data` keeps the rest.
struct SegmentProperties {
    let fields: ForeignFields
    let object: JSONElement?
    private var taken: [StaticString] = []

    init(_ object: JSONElement?) {
        self.object = object
        fields = ForeignFields(object)
    }

    mutating func take(_ names: [StaticString]) { taken += names }

    /// Takes the first of these that is an id.
    mutating func takeID(_ names: StaticString...) -> String? {
        for name in names {
            guard let id = fields.id(name) else { continue }
            taken.append(name)
            return id
        }
        return nil
    }

    /// Whether everything was taken.
    var isEmpty: Bool { object?.object?.allSatisfy { isTaken($0.key) } ?? true }

    /// Writes what nobody took.
    func writeRest(except name: StaticString? = nil, to writer: inout JSONWriter) {
        guard let members = object?.object else { return }
        for (key, value) in members where !isTaken(key) {
            if let name, key == name { continue }
            writer.key(key)
            writer.element(value)
        }
    }

    private func isTaken(_ key: JSONElement) -> Bool { taken.contains { key == $0 } }
}

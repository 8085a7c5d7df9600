import ConveyProtocol
import HTTP
import JSON
import Time

/// Reads the messages of one request of Segment's API: one call, or a batch of them.
struct SegmentReader {
    private(set) var reception: Reception

    private let call: SegmentCall?
    private let isJSON: Bool

    /// - Parameter call: What the path names; nil for a batch.
    init(
        _ request: Request, _ call: SegmentCall?, _ admission: Admission
    ) throws(IntakeRefusal) {
        self.call = call
        isJSON = try BodyForm(request) == .document
        reception = Reception(request, admission)
        if try reception.identifySigner(for: .segment) { return }
        if let credential = Credential(segment: request) {
            try reception.identify(credential, for: .segment)
        }
    }

    /// Reads the whole body.
    mutating func read(_ body: [UInt8], on bench: Workbench) throws(IntakeRefusal) {
        guard isJSON else { throw .mediaTypeUnknown }
        try bench.parser.parse(body.span, orThrow: IntakeRefusal.malformed) {
            (root: JSONElement) throws(IntakeRefusal) in
            if let call {
                try identify(root)
                take(root, call, ForeignFields(nil), on: bench)
            } else {
                try readBatch(root, on: bench)
            }
        }
    }

    private mutating func readBatch(
        _ root: JSONElement, on bench: Workbench
    ) throws(IntakeRefusal) {
        guard let messages = root["batch"]?.array else { throw .bodyMalformed }
        try identify(root)
        try reception.expect(root["batch"]?.count ?? 0)
        let fields = ForeignFields(root)
        let shared = fields.object("context")
        reception.sentAt = fields.text("sentAt").flatMap { Timestamp(rfc3339: $0) }
        for message in messages {
            let call = message["type"]?.string.flatMap { SegmentCall(rawValue: $0) }
            take(message, call, shared, on: bench)
        }
        guard !reception.outcomes.isEmpty else { throw .bodyEmpty }
    }

    /// The key stands in the body where no header had one.
    private mutating func identify(_ root: JSONElement) throws(IntakeRefusal) {
        guard !reception.isIdentified else { return }
        guard let key = root["writeKey"]?.string else { throw .keyMissing }
        try reception.identify(Credential(writeKey: key), for: .segment)
    }

    private mutating func take(
        _ message: JSONElement, _ call: SegmentCall?, _ shared: ForeignFields,
        on bench: Workbench
    ) {
        reception.take(on: bench, label: Self.label(message, call)) {
            context throws(EventFault) in
            guard message.kind == .object else { throw EventFault(.wrongType) }
            guard let call else { throw EventFault(.invalidValue, at: "/type") }
            var event = try SegmentMessage(message, call, batch: shared)
            bench.draft.removeAll()
            try event.write(to: &bench.draft)
            return try bench.writeDraft(context)
        }
    }

    private static func label(_ message: JSONElement, _ call: SegmentCall?) -> EventLabel {
        let id = SegmentMessage.id(of: ForeignFields(message))
        let name = message["event"]?.string.map { SegmentName($0).type }
        return EventLabel(id: id, type: call?.type ?? name)
    }
}

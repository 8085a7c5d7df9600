import Buffer
import ConveyProtocol
import HTTP
import JSON

/// What one platform's webhook says, on its way to events in a sender's form. These still hold raw
/// personal values: they live in memory only, until the event writer has hashed them by the site's rule.
protocol WebhookEvent: Sendable {
    /// One thing that a body says.
    associatedtype Part

    /// What a body says. Foreign bytes: anything may stand anywhere.
    func reading(of body: ForeignFields) -> WebhookReading<Part>

    /// Writes one part as a sender's event.
    /// - Parameter itemsMax: Further items are left out.
    func write(
        _ part: Part, of body: ForeignFields, itemsMax: Int, to writer: inout JSONWriter)

    /// Writes topic, ids and times alone.
    /// - Parameters:
    ///   - body: Empty for one that is no JSON.
    ///   - note: Why there is not more.
    func writeBare(_ body: ForeignFields, note: WebhookNote?, to writer: inout JSONWriter)
}

/// What a webhook's body is taken for.
enum WebhookReading<Part> {
    /// At least one part; each becomes an event with an id of its own.
    case says([Part])
    /// Nothing that is mapped: of its topic only topic, ids and times are kept.
    case bare(WebhookNote?)
}

/// Why a verified webhook is kept by its ids alone, though its topic is mapped.
enum WebhookNote: Equatable {
    /// It is no JSON object.
    case unreadable
    /// The shop could not make the body and says why; a person must look.
    case shopError
    /// It breaks a rule of the canonical event.
    case unmapped(EventFault.Code)

    /// As events and counters name it.
    var text: String {
        switch self {
        case .unreadable: "unreadable_body"
        case .shopError: "shop_error"
        case .unmapped(let code): "unmapped_\(code.rawValue)"
        }
    }
}

/// Turns one verified webhook into events. It always succeeds: what is too large is shortened and
/// marked, and what cannot be mapped is kept by topic, ids and times.
struct Webhook<Event: WebhookEvent> {
    /// Why it is kept by its ids alone; nil where it is not, or where its topic asks for no more.
    private(set) var note: WebhookNote?
    private(set) var outcomes: [EventOutcome] = []
    private(set) var incoming: IncomingEvents
    private let event: Event
    private let context: EventContext

    /// How many items an event may keep, tried in this order until it is small enough.
    private static var itemsSteps: [Int] { [.max, 100, 20, 0] }

    init(_ event: Event, _ context: EventContext, incoming: IncomingEvents) {
        self.event = event
        self.context = context
        self.incoming = incoming
    }

    mutating func read(_ body: [UInt8], on bench: Workbench) {
        do throws(EventFault) {
            if body.count <= Workbench.bodyBytesMax {
                try parse(body, &bench.webhookParser, on: bench)
            } else {
                // So large a body's parser would hold its memory for ever.
                var parser = JSONParser(
                    bytesMax: Intake.webhookBytesMax, depthMax: 128, duplicateKeys: .lastWins)
                try parse(body, &parser, on: bench)
            }
        } catch {
            outcomes.append(EventOutcome(id: nil, result: .faulty(error, .conversion)))
        }
    }

    private mutating func parse(
        _ body: [UInt8], _ parser: inout JSONParser, on bench: Workbench
    ) throws(EventFault) {
        do throws(BodyFault) {
            try parser.parse(body.span, orThrow: BodyFault.malformed) {
                (root: JSONElement) throws(BodyFault) in
                do throws(EventFault) {
                    try take(root, on: bench)
                } catch {
                    throw .event(error)
                }
            }
        } catch {
            switch error {
            case .malformed: try takeBare(ForeignFields(nil), .unreadable, on: bench)
            case .event(let fault): throw fault
            }
        }
    }

    private enum BodyFault: Error {
        case malformed
        case event(EventFault)

        static func malformed(_: JSONError) -> BodyFault { .malformed }
    }

    private mutating func take(_ root: JSONElement, on bench: Workbench) throws(EventFault) {
        let body = ForeignFields(root)
        guard root.kind == .object else { return try takeBare(body, .unreadable, on: bench) }
        switch event.reading(of: body) {
        case .bare(let note): try takeBare(body, note, on: bench)
        case .says(let parts):
            do throws(EventFault) {
                // Nothing is kept of a body that cannot be kept whole.
                var found: [(bytes: [UInt8], written: WrittenEvent)] = []
                for part in parts { found.append(try write(part, of: body, on: bench)) }
                for (bytes, written) in found { keep(bytes, written) }
            } catch {
                try takeBare(body, .unmapped(error.code), on: bench)
            }
        }
    }

    private func write(
        _ part: Event.Part, of body: ForeignFields, on bench: Workbench
    ) throws(EventFault) -> (bytes: [UInt8], written: WrittenEvent) {
        var context = context
        for itemsMax in Self.itemsSteps.dropLast() {
            do throws(EventFault) {
                return try write(part, of: body, itemsMax, context, on: bench)
            } catch {
                guard error.code == .tooLarge else { throw error }
                context.truncated = ["/items"]
            }
        }
        return try write(part, of: body, 0, context, on: bench)
    }

    private func write(
        _ part: Event.Part, of body: ForeignFields, _ itemsMax: Int, _ context: EventContext,
        on bench: Workbench
    ) throws(EventFault) -> (bytes: [UInt8], written: WrittenEvent) {
        bench.draft.removeAll()
        event.write(part, of: body, itemsMax: itemsMax, to: &bench.draft)
        let written = try bench.writeDraft(context)
        return (bench.writer.bytes, written)
    }

    private mutating func takeBare(
        _ body: ForeignFields, _ note: WebhookNote?, on bench: Workbench
    ) throws(EventFault) {
        self.note = note
        bench.draft.removeAll()
        event.writeBare(body, note: note, to: &bench.draft)
        let written = try bench.writeDraft(context)
        keep(bench.writer.bytes, written)
    }

    private mutating func keep(_ bytes: [UInt8], _ written: WrittenEvent) {
        incoming.add(bytes, to: written.lane)
        outcomes.append(
            EventOutcome(
                id: written.id, isTruncated: written.isTruncated, result: .taken(written.lane)))
    }
}

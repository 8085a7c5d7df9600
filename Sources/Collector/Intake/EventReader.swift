import Buffer
import ConveyProtocol
import Crypto
import HTTP
import JSON

/// Reads the events of one request of `/v1/events`: finds who sends, writes each event in canonical
/// form, and notes what became of it.
struct EventReader {
    private(set) var outcomes: [EventOutcome] = []
    private(set) var incoming: IncomingEvents
    private(set) var sender: Sender?

    private let request: Request
    private let admission: Admission
    private var context: EventContext?
    private var idempotencyKey: String?
    /// The key of the first event's body, when no better place had one.
    private var bodyKey: String?

    init(_ request: Request, _ admission: Admission) throws(IntakeRefusal) {
        self.request = request
        self.admission = admission
        incoming = IncomingEvents(stamp: admission.stamp)
        if let credential = Credential(request) { try identify(credential) }
    }

    /// Reads the whole body.
    mutating func read(_ body: [UInt8], on bench: Workbench) throws(IntakeRefusal) {
        switch try BodyForm(request) {
        case .document: try readDocument(body, on: bench)
        case .lines: try readLines(body, on: bench)
        }
        guard !outcomes.isEmpty else { throw .bodyEmpty }
    }

    private mutating func readDocument(
        _ body: [UInt8], on bench: Workbench
    ) throws(IntakeRefusal) {
        try bench.parser.parse(body.span, orThrow: IntakeRefusal.malformed) {
            (root: JSONElement) throws(IntakeRefusal) in
            if let events = root.array {
                guard root.count ?? 0 <= admission.settings.eventsMax else { throw .tooManyEvents }
                outcomes.reserveCapacity(root.count ?? 0)
                for event in events { try take(event, on: bench) }
            } else {
                try take(root, on: bench)
            }
        }
    }

    private mutating func readLines(_ body: [UInt8], on bench: Workbench) throws(IntakeRefusal) {
        var lines = JSONLines(lineBytesMax: admission.settings.bodyBytesMax, linesMax: .max)
        while let line = try nextLine(&lines, body) {
            let bytes = body.span.extracting(line.range)
            if JSONLines.isBlank(bytes) { continue }
            guard outcomes.count < admission.settings.eventsMax else { throw .tooManyEvents }
            do throws(LineRefusal) {
                try bench.parser.parse(bytes, orThrow: LineRefusal.malformed) {
                    (event: JSONElement) throws(LineRefusal) in
                    do throws(IntakeRefusal) {
                        try take(event, on: bench)
                    } catch {
                        throw .request(error)
                    }
                }
            } catch {
                guard case .malformed = error else { throw error.whole }
                note(EventFault(.invalidJSON))
            }
        }
    }

    /// A line that is no JSON is refused alone; anything else that is thrown ends the request.
    private enum LineRefusal: Error {
        case malformed
        case request(IntakeRefusal)

        static func malformed(_: JSONError) -> LineRefusal { .malformed }

        var whole: IntakeRefusal {
            switch self {
            case .malformed: .bodyMalformed
            case .request(let refusal): refusal
            }
        }
    }

    private func nextLine(
        _ lines: inout JSONLines, _ body: [UInt8]
    ) throws(IntakeRefusal) -> JSONLines.Line? {
        do throws(JSONLines.Refusal) {
            return try lines.next(in: body.span)
        } catch {
            throw .tooManyEvents
        }
    }

    // MARK: One event

    private mutating func take(_ event: JSONElement, on bench: Workbench) throws(IntakeRefusal) {
        if context == nil {
            guard let credential = Credential(body: event) else { throw .keyMissing }
            bodyKey = event["key"]?.string
            try identify(credential)
        }
        guard var context else { preconditionFailure("Whoever is identified has a context.") }
        do throws(EventFault) {
            try checkKey(event)
            if let idempotencyKey {
                context.fallbackID = EventID("idk-\(idempotencyKey)-\(outcomes.count)")
            }
            let written = try BrowserEvent.write(event, context, on: bench)
            incoming.add(bench.writer.bytes, to: written.lane)
            outcomes.append(
                EventOutcome(
                    id: written.id, isIDGenerated: written.isIDGenerated,
                    isTruncated: written.isTruncated, result: .taken(written.lane)))
        } catch {
            note(error, event)
        }
    }

    /// Events of one request belong to one site: a body's key that names another is a mistake.
    private func checkKey(_ event: JSONElement) throws(EventFault) {
        guard let bodyKey, let key = event["key"], !key.isNull else { return }
        guard key.string == bodyKey else { throw EventFault(.unknownSite, at: "/key") }
    }

    /// Notes a refusal with what can be read of the event: its id, and its type's lane.
    private mutating func note(_ fault: EventFault, _ event: JSONElement? = nil) {
        let id = event?["id"]?.withUTF8 { EventID(utf8: $0) } ?? nil
        let lane = sender.flatMap { sender in
            event?["type"]?.string.flatMap {
                sender.site.rules.lane(of: $0, from: sender.source)
            }
        }
        outcomes.append(EventOutcome(id: id, result: .faulty(fault, lane ?? .pageview)))
    }

    // MARK: Who sends

    private mutating func identify(_ credential: Credential) throws(IntakeRefusal) {
        let sender = try admission.sender(of: request, credential, for: .events)
        self.sender = sender
        context = admission.context(of: request, from: sender)
        if let key = request.headers["Idempotency-Key"], !key.isEmpty {
            idempotencyKey = String(SHA256Digest(of: Array(key.utf8)).hex.prefix(32))
        }
    }
}

extension IntakeRefusal {
    fileprivate static func malformed(_: JSONError) -> IntakeRefusal { .bodyMalformed }
}

/// How a body holds its events.
private enum BodyForm {
    /// One JSON document: an event or an array of events.
    case document
    /// One event a line.
    case lines

    private static let documentTypes = ["application/json", "text/plain", ""]
    private static let lineTypes = [
        "application/x-ndjson", "application/ndjson", "application/jsonl",
        "application/x-jsonlines",
    ]

    /// Beacons can send nothing but `text/plain`; what has no type is taken for JSON.
    init(_ request: Request) throws(IntakeRefusal) {
        let headers = request.headers
        if headers.occurrences(of: "content-type") == 0
            || Self.documentTypes.contains(where: headers.hasMediaType)
        {
            self = .document
        } else if Self.lineTypes.contains(where: headers.hasMediaType) {
            self = .lines
        } else {
            throw .mediaTypeUnknown
        }
    }
}

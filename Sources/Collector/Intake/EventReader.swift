import ConveyProtocol
import HTTP
import JSON

/// Reads the events of one request of `/v1/events`: finds who sends, writes each event in canonical
/// form, and notes what became of it.
struct EventReader {
    private(set) var reception: Reception

    private let request: Request
    private let settings: IntakeSettings
    /// The key of the first event's body, when no better place had one.
    private var bodyKey: String?

    private let form: BodyForm

    init(_ request: Request, _ admission: Admission) throws(IntakeRefusal) {
        self.request = request
        settings = admission.settings
        reception = Reception(request, admission)
        form = try BodyForm(request)
        if try reception.identifySigner(for: .events) {
            // No signature covers attributes that stand in the head.
            guard form != .binaryCloudEvent else { throw .signatureWrong }
            return
        }
        if let credential = Credential(request) {
            try reception.identify(credential, for: .events)
        }
    }

    /// Reads the whole body.
    mutating func read(_ body: [UInt8], on bench: Workbench) throws(IntakeRefusal) {
        switch form {
        case .document, .cloudEvent: try readDocument(body, on: bench)
        case .binaryCloudEvent: try readBinary(body, on: bench)
        case .lines: try readLines(body, on: bench)
        case .cloudEvents:
            // An empty batch is a legal one.
            return try readDocument(body, on: bench)
        }
        guard !reception.outcomes.isEmpty else { throw .bodyEmpty }
    }

    private mutating func readDocument(
        _ body: [UInt8], on bench: Workbench
    ) throws(IntakeRefusal) {
        try bench.parser.parse(body.span, orThrow: IntakeRefusal.malformed) {
            (root: JSONElement) throws(IntakeRefusal) in
            if let events = root.array, form != .cloudEvent {
                try reception.expect(root.count ?? 0)
                for event in events { try take(event, on: bench) }
            } else {
                try take(root, on: bench)
            }
        }
    }

    /// A CloudEvent whose attributes are header fields, and whose data is the body, if there is any.
    private mutating func readBinary(
        _ body: [UInt8], on bench: Workbench
    ) throws(IntakeRefusal) {
        guard body.isEmpty else { return try readDocument(body, on: bench) }
        guard reception.isIdentified else { throw .keyMissing }
        let headers = request.headers
        reception.take(on: bench, label: CloudEvent.label(of: headers)) {
            context throws(EventFault) in
            try CloudEvent(headers).write(nil, context, on: bench)
        }
    }

    private mutating func readLines(_ body: [UInt8], on bench: Workbench) throws(IntakeRefusal) {
        var lines = JSONLines(lineBytesMax: settings.bodyBytesMax, linesMax: .max)
        while let line = try nextLine(&lines, body) {
            let bytes = body.span.extracting(line.range)
            if JSONLines.isBlank(bytes) { continue }
            try reception.expect(1)
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
                reception.refuse(EventFault(.invalidJSON))
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
        if !reception.isIdentified {
            let holder = form.isEnvelope ? event["data"] : event
            guard let holder, let credential = Credential(body: holder) else { throw .keyMissing }
            bodyKey = holder["key"]?.string
            try reception.identify(credential, for: .events)
        }
        let (form, bodyKey, headers) = (form, bodyKey, request.headers)
        let isSigned = reception.isSigned
        switch form {
        case .document, .lines:
            reception.take(on: bench, label: Self.label(event)) { context throws(EventFault) in
                try Self.check(bodyKey, event)
                // Nor the media type: a signed CloudEvent is never read as something else.
                guard !isSigned || event["specversion"] == nil else {
                    throw EventFault(.invalidValue, at: "/specversion")
                }
                return try BrowserEvent.write(event, context, on: bench)
            }
        case .cloudEvent, .cloudEvents:
            reception.take(on: bench, label: CloudEvent.label(of: event)) {
                context throws(EventFault) in
                if let data = event["data"] { try Self.check(bodyKey, data) }
                return try CloudEvent(event).write(dataOf: event, context, on: bench)
            }
        case .binaryCloudEvent:
            reception.take(on: bench, label: CloudEvent.label(of: headers)) {
                context throws(EventFault) in
                try CloudEvent(headers).write(event, context, on: bench)
            }
        }
    }

    /// Events of one request belong to one site: a body's key that names another is a mistake.
    private static func check(
        _ bodyKey: String?, _ event: JSONElement
    ) throws(EventFault) {
        guard let bodyKey, let key = event["key"], !key.isNull else { return }
        guard key.string == bodyKey else { throw EventFault(.unknownSite, at: "/key") }
    }

    private static func label(_ event: JSONElement) -> EventLabel {
        EventLabel(
            id: event["id"]?.withUTF8 { EventID(utf8: $0) } ?? nil, type: event["type"]?.string)
    }
}

extension IntakeRefusal {
    static func malformed(_: JSONError) -> IntakeRefusal { .bodyMalformed }
}

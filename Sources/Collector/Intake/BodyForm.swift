import HTTP

/// How a body holds its events.
enum BodyForm {
    /// One JSON document: an event or an array of events.
    case document
    /// One event a line.
    case lines
    /// A CloudEvent, and an array of them.
    case cloudEvent, cloudEvents
    /// The data of a CloudEvent whose attributes are header fields.
    case binaryCloudEvent

    private static let documentTypes = ["application/json", "text/plain", ""]
    private static let lineTypes = [
        "application/x-ndjson", "application/ndjson", "application/jsonl",
        "application/x-jsonlines",
    ]

    /// Beacons can send nothing but `text/plain`; what has no type is taken for JSON.
    /// - Source: CloudEvents' "HTTP Protocol Binding" 1.0.2, section 3, for its three modes.
    init(_ request: Request) throws(IntakeRefusal) {
        let headers = request.headers
        if headers.occurrences(of: "content-type") == 0
            || Self.documentTypes.contains(where: headers.hasMediaType)
        {
            let isBinary = headers.occurrences(of: "ce-specversion") > 0
            self = isBinary ? .binaryCloudEvent : .document
        } else if Self.lineTypes.contains(where: headers.hasMediaType) {
            self = .lines
        } else if headers.hasMediaType("application/cloudevents+json") {
            self = .cloudEvent
        } else if headers.hasMediaType("application/cloudevents-batch+json") {
            self = .cloudEvents
        } else {
            throw .mediaTypeUnknown
        }
    }

    /// Whether an event stands inside of something else.
    var isEnvelope: Bool { self == .cloudEvent || self == .cloudEvents }
}

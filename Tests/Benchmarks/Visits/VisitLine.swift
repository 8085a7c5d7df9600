import ConveyProtocol
import Time

/// One event of a shop, written as a collector holds it: a line in canonical form.
struct VisitLine {
    var type: String
    var origin: (source: EventSource, credential: CredentialClass) = (.browser, .siteKey)
    /// When the edge took it.
    let receivedAt: Timestamp
    /// What it says, member by member, in the order of the schema.
    private var members: [String] = []

    /// Events happened eight hours before: their conversions can be settled, and their uploads are due.
    static let age: Duration = .seconds(8 * 3600)

    init(_ type: String, receivedAt: Timestamp) {
        self.type = type
        self.receivedAt = receivedAt
    }

    /// Adds a member; `json` is its value.
    mutating func add(_ name: String, _ json: String) { members.append("\"\(name)\":\(json)") }

    /// Adds a member that is text without anything to escape.
    mutating func add(_ name: String, text: String) { members.append("\"\(name)\":\"\(text)\"") }

    /// The lane that a collector puts it into, which follows from what it says.
    var lane: Lane {
        if type == "purchase" || type == "refund" || origin.source == .shopify {
            return .conversion
        }
        return isLanding ? .interaction : .pageview
    }

    /// Whether it has click ids, campaign parameters or an external referrer.
    var isLanding = false

    func bytes(id: String, site: String) -> [UInt8] {
        let occurredAt = receivedAt - Self.age
        let head =
            #"{"id":"\#(id)","type":"\#(type)","site":"\#(site)","#
            + #""source":"\#(origin.source.rawValue)","class":"\#(origin.credential.rawValue)","#
            + #""occurred_at":"\#(occurredAt)","received_at":"\#(receivedAt)","clock_offset_ms":0,"#
        return Array((head + members.joined(separator: ",") + "}").utf8)
    }
}

import AggregatorBench
import ConveyProtocol
import Time

/// One copy of an event, as a collector holds it: a line in canonical form. Times are seconds after the
/// bench's start.
struct WorldEvent {
    var id: String
    var site: Int64
    var type: String
    var source: EventSource
    var credential: CredentialClass
    var occurredAt: Int64
    /// Milliseconds beside it.
    var milliseconds: Int64 = 0
    /// Milliseconds after the event; unlike for each copy, so that one of them is the first.
    var lag: Int64 = 0
    var visitor: String?
    var session: String?
    var email: String?
    var phone: String?
    var externalID: String?
    var url: String?
    var referrer: String?
    /// Kind and value.
    var clicks: [(String, String)] = []
    /// Source, medium and campaign.
    var utm: [(String, String)] = []
    /// For analytics, ad user data and ad personalization.
    var consent: [String] = []
    /// Members of `order`, in their order.
    var order: [(String, String)] = []
    var isTest = false
    var amount: String?
    var currency = "EUR"
    /// Members of `data` in JSON.
    var data: [(String, String)] = []
    /// The one collector, counted from 0, that holds the copy; nil: any may, and several.
    var pinned: Int?

    init(
        _ id: String, site: Int64, type: String, source: EventSource = .browser,
        credential: CredentialClass = .siteKey, at seconds: Int64
    ) {
        (self.id, self.site, self.type, self.source) = (id, site, type, source)
        (self.credential, occurredAt) = (credential, seconds)
    }

    static func time(_ seconds: Int64) -> String {
        (IngestBench.start + .seconds(seconds)).description
    }

    /// 64 hexadecimal digits out of a short name of such digits.
    static func hash(_ name: String) -> String {
        String(String(repeating: name, count: 64).prefix(64))
    }

    var line: String {
        let happenedAt =
            IngestBench.start + .seconds(occurredAt) + .milliseconds(milliseconds)
        let receivedAt = happenedAt + .milliseconds(lag)
        var members = [
            "\"id\":\"\(id)\"", "\"type\":\"\(type)\"", "\"site\":\"\(IngestBench.site(site))\"",
            "\"source\":\"\(source.rawValue)\"", "\"class\":\"\(credential.rawValue)\"",
            "\"occurred_at\":\"\(happenedAt)\"", "\"received_at\":\"\(receivedAt)\"",
            "\"clock_offset_ms\":0",
        ]
        if let visitor { members.append("\"visitor\":\"\(visitor)\"") }
        if let session { members.append("\"session\":\"\(session)\"") }
        add("user", user, to: &members)
        add("page", [("url", url), ("referrer", referrer)].compactMap(Self.present), to: &members)
        add("click", clicks, to: &members)
        add("utm", utm, to: &members)
        let purposes = ["analytics", "ad_user_data", "ad_personalization"]
        add("consent", Array(zip(purposes, consent)), to: &members)
        let test = isTest ? ["\"test\":true"] : []
        let orderMembers = order.map { "\"\($0)\":\"\($1)\"" } + test
        if !orderMembers.isEmpty {
            members.append("\"order\":{\(orderMembers.joined(separator: ","))}")
        }
        if let amount { add("value", [("amount", amount), ("currency", currency)], to: &members) }
        if !data.isEmpty {
            let inner = data.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            members.append("\"data\":{\(inner)}")
        }
        return "{\(members.joined(separator: ","))}"
    }

    private var user: [(String, String)] {
        [
            ("external_id", externalID), ("email_sha256", email.map(Self.hash)),
            ("email_sha256_google", email.map(Self.hash)), ("phone_sha256", phone.map(Self.hash)),
        ].compactMap(Self.present)
    }

    private static func present(_ member: (String, String?)) -> (String, String)? {
        member.1.map { (member.0, $0) }
    }

    private func add(_ name: String, _ object: [(String, String)], to members: inout [String]) {
        guard !object.isEmpty else { return }
        let inner = object.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        members.append("\"\(name)\":{\(inner)}")
    }
}

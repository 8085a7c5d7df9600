import ConveyProtocol
import JSON

/// What a theme, a pixel or a plugin wrote to a cart or an order beside it: the dependable place of
/// click ids, since nothing cuts them. A leading `_` hides one from the customer; ours begin with
/// `_convey_`.
struct SaleAttributes {
    private var clicks: [(name: String, value: String)] = []
    private var campaign: [(name: String, value: String)] = []
    private var consent: [(name: String, value: String)] = []
    private var others: [(name: String, value: String)] = []

    private static let clickNames: Set<String> = [
        "gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid", "ttclid", "ct_tracking_id",
        "ct_campaign_link_id",
    ]
    private static let campaignNames: Set<String> = [
        "source", "medium", "campaign", "term", "content", "id",
    ]
    private static let consentNames: Set<String> = [
        "analytics", "ad_user_data", "ad_personalization",
    ]
    private static let othersMax = 50
    private static let othersBytesMax = 8_192

    init(_ attributes: [(key: String, value: String)]) {
        for (key, value) in attributes { take(key, value) }
    }

    /// Proposes campaign parameters, for where no attribute has any.
    mutating func propose(campaign: [(name: String, value: String)]) {
        if self.campaign.isEmpty { self.campaign = campaign }
    }

    private mutating func take(_ name: String, _ value: String) {
        var plain = Substring(name.lowercased())
        while plain.first == "_" { plain.removeFirst() }
        if plain.hasPrefix("convey_") { plain = plain.dropFirst("convey_".count) }
        if Self.clickNames.contains(String(plain)) {
            clicks.append((String(plain), value))
        } else if plain.hasPrefix("utm_"), Self.campaignNames.contains(String(plain.dropFirst(4))) {
            campaign.append((String(plain.dropFirst(4)), value))
        } else if plain == "consent" {
            takeConsent(value)
        } else {
            others.append((name, value))
        }
    }

    /// `ad_user_data=granted;ad_personalization=denied`.
    private mutating func takeConsent(_ value: String) {
        for part in value.split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, Self.consentNames.contains(String(sides[0])),
                Consent.State(rawValue: String(sides[1])) != nil
            else { continue }
            consent.append((String(sides[0]), String(sides[1])))
        }
    }

    /// Writes each click id once: an attribute's before the landing page's, a sound one before one
    /// that is none.
    func writeClicks(beside landing: LandingPage?, to writer: inout JSONWriter) {
        let found = clicks + (landing?.clicks.map { ($0.name.description, $0.value) } ?? [])
        let isSound = { (click: (name: String, value: String)) in
            ClickIDForm(of: click.name)?.identifier(in: click.value) != nil
        }
        Self.write("click", found.filter(isSound) + found, to: &writer)
        landing?.writeRepeated(to: &writer)
    }

    func writeCampaign(beside landing: LandingPage?, to writer: inout JSONWriter) {
        // A campaign is taken whole from one place: parts of two would name one that never was.
        let found = landing?.campaign.map { ($0.name.description, $0.value) } ?? []
        Self.write("utm", campaign.isEmpty ? found : campaign, to: &writer)
    }

    func writeConsent(to writer: inout JSONWriter) {
        Self.write("consent", consent, to: &writer)
    }

    /// Writes the attributes that mean nothing to us, as a list: names may repeat. At most 50, and 8 KB
    /// together; how many are left out is said.
    func writeOthers(to writer: inout JSONWriter) {
        guard !others.isEmpty else { return }
        var bytes = 0
        let kept = others.prefix(Self.othersMax).prefix { name, value in
            bytes += name.utf8.count + value.utf8.count
            return bytes <= Self.othersBytesMax
        }
        writer.key("note_attributes")
        writer.array { writer in
            for (name, value) in kept {
                writer.object { writer in
                    writer.member("name", name)
                    writer.member("value", value)
                }
            }
        }
        guard kept.count < others.count else { return }
        writer.member("note_attributes_left_out", Int64(others.count - kept.count))
    }

    private static func write(
        _ member: StaticString, _ pairs: [(name: String, value: String)],
        to writer: inout JSONWriter
    ) {
        guard !pairs.isEmpty else { return }
        var written: Set<String> = []
        writer.key(member)
        writer.object { writer in
            for (name, value) in pairs where written.insert(name).inserted {
                writer.key(name)
                writer.string(value)
            }
        }
    }
}

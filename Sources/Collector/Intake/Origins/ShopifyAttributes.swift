import ConveyProtocol
import JSON

/// The cart attributes that a theme or a pixel wrote: the dependable place of click ids, since
/// nothing cuts them. A leading `_` hides one from the customer; ours begin with `_convey_`.
struct ShopifyAttributes {
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

    init(_ order: ShopifyFields) {
        for attribute in order.array("note_attributes") {
            guard let name = attribute.text("name"), let value = attribute.text("value") else {
                continue
            }
            take(name, value)
        }
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
        } else if others.count < Self.othersMax {
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

    /// Writes each click id once: an attribute's before the landing page's.
    func writeClicks(beside landing: LandingPage?, to writer: inout JSONWriter) {
        let found = landing?.clicks.map { ($0.name.description, $0.value) } ?? []
        Self.write("click", clicks + found, to: &writer)
    }

    func writeCampaign(beside landing: LandingPage?, to writer: inout JSONWriter) {
        // A campaign is taken whole from one place: parts of two would name one that never was.
        let found = landing?.campaign.map { ($0.name.description, $0.value) } ?? []
        Self.write("utm", campaign.isEmpty ? found : campaign, to: &writer)
    }

    func writeConsent(to writer: inout JSONWriter) {
        Self.write("consent", consent, to: &writer)
    }

    /// Writes the attributes that mean nothing to us, as a list: names may repeat.
    func writeOthers(to writer: inout JSONWriter) {
        guard !others.isEmpty else { return }
        writer.key("note_attributes")
        writer.array { writer in
            for (name, value) in others {
                writer.object { writer in
                    writer.member("name", name)
                    writer.member("value", value)
                }
            }
        }
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

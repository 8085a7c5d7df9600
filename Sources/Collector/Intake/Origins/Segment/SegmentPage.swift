import JSON

/// The page of a call, and what its address says of where the visitor came from.
struct SegmentPage {
    private let url, path, title, referrer: String?
    private let landing: LandingPage?
    /// The properties of a page call that say the same.
    let names: [StaticString]

    init(_ message: SegmentMessage) {
        let page = message.context.object("page")
        let own = message.call == .page ? message.properties.fields : ForeignFields(nil)
        url = own.text("url") ?? page.text("url")
        path = own.text("path") ?? page.text("path")
        title =
            own.text("title") ?? page.text("title")
            ?? (message.call == .page ? message.message.text("name") : nil)
        referrer =
            own.text("referrer") ?? page.text("referrer")
            ?? message.context.object("referrer").text("url")
        landing = url.map { LandingPage($0) }
        names = message.call == .page ? ["url", "path", "title", "referrer", "search"] : []
    }

    func write(to writer: inout JSONWriter) {
        guard url != nil || path != nil || title != nil || referrer != nil else { return }
        writer.key("page")
        writer.object { writer in
            writer.member("url", url)
            writer.member("path", path)
            writer.member("title", title)
            writer.member("referrer", referrer)
        }
    }

    func writeClicks(beside stated: [(name: StaticString, id: String)], to writer: inout JSONWriter)
    {
        let found = landing?.clicks ?? []
        guard !stated.isEmpty || !found.isEmpty else { return }
        writer.key("click")
        writer.object { writer in
            for (name, id) in stated { writer.member(name, id) }
            let names = stated.map(\.name.description)
            for (name, id) in found where !names.contains(name.description) {
                writer.member(name, id)
            }
        }
    }

    /// A campaign is taken whole from one place: parts of two would name one that never was.
    func writeCampaign(
        beside stated: [(name: StaticString, value: String)], to writer: inout JSONWriter
    ) {
        let campaign = stated.isEmpty ? landing?.campaign ?? [] : stated
        guard !campaign.isEmpty else { return }
        writer.key("utm")
        writer.object { writer in
            for (name, value) in campaign { writer.member(name, value) }
        }
    }
}

extension SegmentMessage {
    /// Writes click ids, which shops send among the properties or in the context, and the campaign.
    mutating func writeOrigin(_ page: SegmentPage, to writer: inout JSONWriter) {
        var clicks: [(name: StaticString, id: String)] = []
        for name in Self.clickNames {
            guard let id = properties.takeID(name) ?? context.id(name) else { continue }
            clicks.append((name, id))
        }
        page.writeClicks(beside: clicks, to: &writer)
        let campaign = context.object("campaign")
        page.writeCampaign(
            beside: Self.campaignNames.compactMap { segment, name in
                campaign.text(segment).map { (name, $0) }
            }, to: &writer)
    }

    private static let clickNames: [StaticString] = [
        "gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid", "ttclid",
        "ct_tracking_id", "ct_campaign_link_id",
    ]
    private static let campaignNames: [(segment: StaticString, name: StaticString)] = [
        ("source", "source"), ("medium", "medium"), ("name", "campaign"), ("term", "term"),
        ("content", "content"), ("id", "id"),
    ]
}

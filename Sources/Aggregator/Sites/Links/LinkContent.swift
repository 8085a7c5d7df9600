import ConveyProtocol
package import Time

/// What its owner decided of a campaign link.
package struct LinkContent: Equatable, Sendable {
    /// What stands behind `/l/`; empty: one is made.
    package var code = ""
    /// Where it leads, before the template is put in.
    package var target: String
    /// Where it stands.
    package var place = Place()
    /// What its clicks are tagged with.
    package var template = Template()
    /// Days in which a click may earn credit, 1...90; nil: what the site or conversion says.
    package var windowDays: Int?
    /// From then on clicks are no touches, but still sent on; nil: never.
    package var expiresAt: Timestamp?
    /// False: the code is unknown for now.
    package var isEnabled = true

    /// A link with nothing but a target.
    package init(target: String) { self.target = target }

    /// Where a link is posted; each 1...200 characters.
    package struct Place: Equatable, Sendable {
        /// As `youtube`.
        package var platform: String?
        /// Whose page it is.
        package var channel: String?
        /// Where on the page, as `description`.
        package var placement: String?
        /// The platform's own id of the video.
        package var videoID: String?

        /// Nowhere.
        package init() {}
    }

    /// Values of the `utm_` parameters; each may name `{code}`, `{platform}`, `{channel}`,
    /// `{placement}` and `{video_id}`, which stand for what the link has there.
    package struct Template: Equatable, Sendable {
        /// Who sends the shopper, as `youtube`.
        package var source: String?
        /// What kind of marketing, as `video`.
        package var medium: String?
        /// Which campaign.
        package var campaign: String?
        /// Which search term.
        package var term: String?
        /// Which of several alike.
        package var content: String?

        /// No tags.
        package init() {}
    }

    /// The address for the edge, tags and all; nil when it is no address to send anybody to.
    package var taggedTarget: String? {
        guard let target = LinkTarget(target) else { return nil }
        let text = target.adding(tags.filter { !$0.value.isEmpty })
        return text.utf8.count <= LinkTarget.bytesMax ? text : nil
    }

    private var tags: [(name: String, value: String)] {
        template.values.map { name, text in
            (name, fillings.reduce(text) { $0.replacing("{\($1.name)}", with: $1.value) })
        }
    }

    private var fillings: [(name: String, value: String)] {
        [
            ("code", code), ("platform", place.platform ?? ""), ("channel", place.channel ?? ""),
            ("placement", place.placement ?? ""), ("video_id", place.videoID ?? ""),
        ]
    }

    /// What is wrong with it; nil for a link that may be kept.
    var refusal: LinkRefusal? {
        guard SiteSettings.CampaignLink.isCode(code), code.first != "-" else { return .wrongCode }
        guard taggedTarget != nil else { return .wrongTarget }
        guard (1...90).contains(windowDays ?? 1) else { return .wrongWindow }
        let texts =
            [place.platform, place.channel, place.placement, place.videoID].compactMap(\.self)
            + template.values.map(\.value)
        guard texts.allSatisfy(Self.isShort) else { return .wrongText }
        return template.values.allSatisfy { knowsPlaces(in: $0.value) } ? nil : .wrongTemplate
    }

    private static func isShort(_ text: String) -> Bool {
        (1...200).contains(text.unicodeScalars.count)
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private func knowsPlaces(in text: String) -> Bool {
        let rest = fillings.reduce(text) { $0.replacing("{\($1.name)}", with: "") }
        return !rest.contains { "{}".contains($0) }
    }
}

extension LinkContent.Template {
    /// The parameters that are set, by their names in an address.
    package var values: [(name: String, value: String)] {
        [
            ("utm_source", source), ("utm_medium", medium), ("utm_campaign", campaign),
            ("utm_term", term), ("utm_content", content),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

import Sites
import Time

/// What `links add` and `links set` say of a link; what is not named stays, an empty text clears.
struct LinkChange: Sendable {
    private let order: Order

    init(_ order: Order) { self.order = order }

    /// Puts the options into a link's content; their ranges are the content's own care.
    func apply(to content: inout LinkContent) throws {
        let options = OptionReader(order)
        content.code = options.text("code") ?? content.code
        content.target = options.text("target") ?? content.target
        content.isEnabled = try options.flag("enabled") ?? content.isEnabled
        try applyVideo(options.text("video"), to: &content.place)
        Self.set(&content.place.platform, options.text("platform"))
        Self.set(&content.place.channel, options.text("channel"))
        Self.set(&content.place.placement, options.text("placement"))
        Self.set(&content.template.source, options.text("utm-source"))
        Self.set(&content.template.medium, options.text("utm-medium"))
        Self.set(&content.template.campaign, options.text("utm-campaign"))
        Self.set(&content.template.term, options.text("utm-term"))
        Self.set(&content.template.content, options.text("utm-content"))
        let days = try options.clearable(
            "window-days", word: "default", takes: "1 to 90, or default"
        ) { Int($0) }
        content.windowDays = days ?? content.windowDays
        let expiry = try options.clearable(
            "expires", word: "never", takes: "a time, as 2026-12-31T23:00:00Z, or never"
        ) { Timestamp(rfc3339: $0) }
        content.expiresAt = expiry ?? content.expiresAt
    }

    private func applyVideo(_ pasted: String?, to place: inout LinkContent.Place) throws {
        guard let pasted else { return }
        if pasted.isEmpty {
            place.videoID = nil
            return
        }
        guard let video = VideoAddress(pasted) else { throw LinkRefusal.wrongVideo }
        place.videoID = video.id
        place.platform = video.platform ?? place.platform
    }

    private static func set(_ text: inout String?, _ given: String?) {
        if let given { text = given.isEmpty ? nil : given }
    }
}

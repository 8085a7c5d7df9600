internal import JSON
internal import Time

/// Writes the members of one event in their order, and keeps what is noticed on the way.
struct EventBody {
    let context: EventContext
    var flags: [EventContext.Flag]
    /// Pointers of what was cut or left out.
    var truncated: [String]
    /// Values of `click` that break their form, by the schema's names.
    var invalidClicks: [(name: StaticString, value: JSONElement)] = []
    private var hasClick = false
    private var hasCampaign = false

    init(_ context: EventContext) {
        self.context = context
        flags = context.flags
        truncated = context.truncated
        guard context.isVisitorsOwn else { return }
        if context.client.facts.isBot { flags.append(.bot) }
        if context.client.isPrefetch { flags.append(.prefetch) }
    }

    mutating func write(
        _ parts: SenderParts, _ heading: Heading, to writer: inout JSONWriter
    ) throws(EventFault) {
        writeHeading(heading, to: &writer)
        try writeText(parts[.visitor], .visitor, to: &writer)
        try writeText(parts[.session], .session, to: &writer)
        try writeUser(parts[.user], to: &writer)
        try writeObject(parts[.page], EventSchema.page, .page, to: &writer)
        try writeClient(parts[.client], to: &writer)
        hasClick = try writeClick(parts[.click], to: &writer)
        hasCampaign = try writeObject(parts[.utm], EventSchema.utm, .utm, to: &writer)
        try writeConsent(parts[.consent], to: &writer)
        try writeObject(parts[.order], EventSchema.order, .order, to: &writer)
        let currency = try writeValue(parts[.value], to: &writer)
        try writeItems(parts[.items], currency, to: &writer)
        try writeData(parts, to: &writer)
        writeNotes(to: &writer)
    }

    /// The event's delivery class.
    /// - Source: protocol/event.md, section 8.
    func lane(of type: String, _ parts: SenderParts) -> Lane {
        if let lane = context.rules.lane(of: type, from: context.source) { return lane }
        let isOfInterest =
            hasClick || hasCampaign || isFromOutside(parts[.page]) || Self.joinsPerson(parts)
        return isOfInterest ? .interaction : .pageview
    }

    /// Whether it says whose browser the visitor's is.
    private static func joinsPerson(_ parts: SenderParts) -> Bool {
        guard let user = parts[.user], parts[.visitor].map(isPresent) ?? false else {
            return false
        }
        return identities.contains { user[$0].map(isPresent) ?? false }
    }

    private static let identities: [StaticString] = [
        "external_id", "email", "email_sha256", "phone", "phone_sha256",
    ]

    /// Whether the referrer is another host than the page.
    private func isFromOutside(_ page: JSONElement?) -> Bool {
        let answer = page?["referrer"]?.withUTF8 { referrer -> Bool in
            guard let host = URLScrubber.host(of: referrer) else { return false }
            return !Self.isHost(referrer.extracting(host), of: page?["url"])
        }
        return answer ?? false
    }

    private static func isHost(_ host: Span<UInt8>, of url: JSONElement?) -> Bool {
        let answer = url?.withUTF8 { url -> Bool in
            guard let range = URLScrubber.host(of: url), range.count == host.count else {
                return false
            }
            let own = url.extracting(range)
            return own.indices.allSatisfy { own[$0] | 0x20 == host[$0] | 0x20 }
        }
        return answer ?? false
    }

    /// Notes that something was cut or left out.
    mutating func noteTruncation(_ pointer: String) {
        if truncated.count < EventSchema.truncatedMax {
            truncated.append(pointer)
        } else if truncated.count == EventSchema.truncatedMax {
            truncated.append("…")
        }
    }

    private mutating func writeHeading(_ heading: Heading, to writer: inout JSONWriter) {
        writer.member("id", heading.id.description)
        writer.member("type", heading.type)
        writer.key("site")
        writer.string(context.rules.siteText)
        writer.member("source", context.source.rawValue)
        writer.member("class", context.credential.rawValue)
        writer.member("occurred_at", heading.time.occurredAt)
        writer.member("received_at", context.receivedAt)
        if let time = heading.time.clientTime { writer.member("client_time", time) }
        writer.member("clock_offset_ms", context.clockOffsetMilliseconds)
        if let flag = heading.time.flag { flags.append(flag) }
    }

    private func writeNotes(to writer: inout JSONWriter) {
        if !flags.isEmpty {
            writer.key("flags")
            writer.array { writer in
                for flag in flags { writer.string(flag.rawValue) }
            }
        }
        if !truncated.isEmpty {
            writer.key("truncated")
            writer.array { writer in
                for pointer in truncated { writer.string(pointer) }
            }
        }
    }
}

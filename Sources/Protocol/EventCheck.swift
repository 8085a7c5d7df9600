internal import JSON
internal import Time

/// Reads event lines of strangers and holds every member against the schema; one parse each, about
/// 2 µs. Reusable. Not for two threads at once.
package struct EventCheck: ~Copyable {
    private var parser = JSONParser(bytesMax: EventSchema.bytesMax + 32, depthMax: 16)

    /// Makes a checker with a parser of its own.
    package init() {}

    /// Reads one line, `{"seq":N,` at its front, without LF; members that the schema does not name
    /// are legal.
    package mutating func read(_ line: Span<UInt8>) -> EventReading {
        guard let head = EventLine.head(of: line) else {
            return .faulty(EventFault(.invalidJSON), id: nil, site: nil)
        }
        guard line.count - head.end + 1 <= EventSchema.bytesMax else {
            return .faulty(EventFault(.tooLarge), id: nil, site: nil)
        }
        do throws(JSONError) {
            return try parser.parse(line) { root in Self.read(root) }
        } catch {
            return .faulty(EventFault(Self.code(error)), id: nil, site: nil)
        }
    }

    private static func code(_ error: JSONError) -> EventFault.Code {
        switch error.kind {
        case .tooDeep: .tooDeep
        case .duplicateKey: .duplicateMember
        case .oversized: .tooLarge
        case .empty, .malformed, .malformedString, .malformedNumber, .invalidUTF8, .outOfMemory:
            .invalidJSON
        }
    }

    private static func read(_ root: JSONElement) -> EventReading {
        var parts = EventParts()
        do throws(EventFault) {
            guard let members = root.object else { throw EventFault(.wrongType) }
            for (key, value) in members {
                guard let name = key.fieldName, let member = EventSchema.Member(name) else {
                    continue
                }
                try parts.take(member, value)
            }
            return .sound(try parts.head())
        } catch {
            return .faulty(error, id: parts.id, site: parts.site)
        }
    }
}

/// Collects the head of an event while every member is checked.
private struct EventParts {
    var id: EventID?
    var type: String?
    var site: SiteID?
    var source: EventSource?
    var credential: CredentialClass?
    var occurredAt: Timestamp?
    var receivedAt: Timestamp?
    var clockOffset: Int64?
    var link: LinkID?
    var isCampaignConversion = false

    mutating func take(
        _ member: EventSchema.Member, _ value: JSONElement
    ) throws(EventFault) {
        switch member {
        case .id: id = try Self.text(value, member, EventID.init(utf8:))
        case .type:
            type = try Self.text(value, member) {
                TextRule.isType($0) ? String(copying: $0) : nil
            }
        case .site: site = try Self.text(value, member, SiteID.init(utf8:))
        case .source:
            source = try Self.text(value, member) {
                String(copying: $0).flatMap(EventSource.init)
            }
        case .class:
            credential = try Self.text(value, member) {
                String(copying: $0).flatMap(CredentialClass.init)
            }
        case .occurredAt: occurredAt = try Self.time(value, member)
        case .receivedAt: receivedAt = try Self.time(value, member)
        case .clientTime: _ = try Self.time(value, member)
        case .clockOffset:
            guard let offset = value.int64 else { throw .at(member, .wrongType) }
            clockOffset = offset
        case .visitor, .session:
            try ValueCheck.check(value, .text(bytesMax: 128), at: { "/\(member.name)" })
        case .user: try ObjectCheck.check(value, EventSchema.user, member)
        case .page: try ObjectCheck.check(value, EventSchema.page, member)
        case .client: try ObjectCheck.check(value, EventSchema.client, member)
        case .click:
            try ObjectCheck.check(value, EventSchema.click, member)
            link = value["ct_campaign_link_id"]?.withUTF8(LinkID.init(utf8:)) ?? nil
        case .utm: try ObjectCheck.check(value, EventSchema.utm, member)
        case .consent: try ObjectCheck.check(value, EventSchema.consent, member)
        case .order: try ObjectCheck.check(value, EventSchema.order, member)
        case .value: try ObjectCheck.checkMoney(value)
        case .items: try ObjectCheck.checkItems(value)
        case .data:
            try DataCheck.check(value)
            isCampaignConversion = value["contract"].map { $0 == "campaign_conversion" } ?? false
        case .flags, .truncated: try ObjectCheck.checkList(value, member)
        }
    }

    func head() throws(EventFault) -> EventHead {
        EventHead(
            id: try required(id, .id), type: try required(type, .type),
            site: try required(site, .site), source: try required(source, .source),
            credential: try required(credential, .class),
            occurredAt: try required(occurredAt, .occurredAt),
            receivedAt: try required(receivedAt, .receivedAt),
            clockOffsetMilliseconds: try required(clockOffset, .clockOffset),
            campaignLink: isCampaignConversion ? link : nil)
    }

    private func required<Value>(
        _ value: Value?, _ member: EventSchema.Member
    ) throws(EventFault) -> Value {
        guard let value else { throw .at(member, .missingMember) }
        return value
    }

    private static func text<Value>(
        _ element: JSONElement, _ member: EventSchema.Member, _ read: (Span<UInt8>) -> Value?
    ) throws(EventFault) -> Value {
        guard let result = element.withUTF8(read) else { throw .at(member, .wrongType) }
        guard let value = result else { throw .at(member, .invalidValue) }
        return value
    }

    private static func time(
        _ element: JSONElement, _ member: EventSchema.Member
    ) throws(EventFault) -> Timestamp {
        guard element.kind == .string else { throw .at(member, .wrongType) }
        guard let time = element.canonicalTime else { throw .at(member, .invalidValue) }
        return time
    }
}

extension EventFault {
    static func at(_ member: EventSchema.Member, _ code: Code) -> EventFault {
        EventFault(code, at: "/\(member.name)")
    }
}

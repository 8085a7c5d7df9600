/// The rules of the canonical event as data. The edge writes by them, the aggregator checks by them.
/// - Source: protocol/event.md.
package enum EventSchema {
    /// Largest event without `seq`.
    package static let bytesMax = 65_536
    static let itemsMax = 500
    static let dataBytesMax = 32_768
    static let dataDepthMax = 8
    static let dataTextBytesMax = 8192
    static let dataNameBytesMax = 128
    static let truncatedMax = 32

    /// The members of an event, in their order.
    enum Member: Int, CaseIterable {
        case id, type, site, source, `class`, occurredAt, receivedAt, clientTime, clockOffset
        case visitor, session, user, page, client, click, utm, consent, order, value, items, data
        case flags, truncated

        var name: StaticString {
            switch self {
            case .id: "id"
            case .type: "type"
            case .site: "site"
            case .source: "source"
            case .class: "class"
            case .occurredAt: "occurred_at"
            case .receivedAt: "received_at"
            case .clientTime: "client_time"
            case .clockOffset: "clock_offset_ms"
            case .visitor: "visitor"
            case .session: "session"
            case .user: "user"
            case .page: "page"
            case .client: "client"
            case .click: "click"
            case .utm: "utm"
            case .consent: "consent"
            case .order: "order"
            case .value: "value"
            case .items: "items"
            case .data: "data"
            case .flags: "flags"
            case .truncated: "truncated"
            }
        }

        /// The member of this name; nil for one that the schema does not name.
        init?(_ name: FieldName) {
            guard let index = Self.names.firstIndex(of: name) else { return nil }
            self = Self.allCases[index]
        }

        private static let names = allCases.map { FieldName($0.name) }
    }

    /// What every event has.
    static let required: [Member] = [
        .id, .type, .site, .source, .class, .occurredAt, .receivedAt, .clockOffset,
    ]

    static let user = ObjectRule([
        FieldRule("external_id", .identifier(bytesMax: 128)),
        FieldRule("email_sha256", .hash), FieldRule("email_sha256_google", .hash),
        FieldRule("phone_sha256", .hash), FieldRule("phone_sha256_digits", .hash),
        FieldRule("first_name_sha256", .hash), FieldRule("last_name_sha256", .hash),
        FieldRule("street_sha256", .hash), FieldRule("city_sha256", .hash),
        FieldRule("state_sha256", .hash), FieldRule("postal_code_sha256", .hash),
        FieldRule("country", .country),
        FieldRule("email", .personal(.email)), FieldRule("phone", .personal(.phone)),
        FieldRule("first_name", .personal(.firstName)),
        FieldRule("last_name", .personal(.lastName)), FieldRule("street", .personal(.street)),
        FieldRule("city", .personal(.city)), FieldRule("state", .personal(.state)),
        FieldRule("postal_code", .personal(.postalCode)),
    ])
    static let page = ObjectRule([
        FieldRule("url", .url(bytesMax: 2048)), FieldRule("path", .url(bytesMax: 1024)),
        FieldRule("title", .text(bytesMax: 512)), FieldRule("referrer", .url(bytesMax: 2048)),
    ])
    static let client = ObjectRule([
        FieldRule("ip", .text(bytesMax: 45)), FieldRule("user_agent", .text(bytesMax: 512)),
        FieldRule("language", .text(bytesMax: 64)), FieldRule("screen", .text(bytesMax: 32)),
        FieldRule("country", .country), FieldRule("city", .text(bytesMax: 128)),
        FieldRule("device", .device), FieldRule("browser", .text(bytesMax: 64)),
        FieldRule("os", .text(bytesMax: 64)),
    ])

    /// The members of `client` that the edge derives, by their place in its table.
    enum DerivedMember: Int, CaseIterable {
        case country = 4
        case city, device, browser, system
    }

    static let click = ObjectRule([
        FieldRule("gclid", .click(.token)), FieldRule("gbraid", .click(.token)),
        FieldRule("wbraid", .click(.token)), FieldRule("fbclid", .click(.token)),
        FieldRule("fbc", .click(.fbc)), FieldRule("fbp", .click(.fbp)),
        FieldRule("msclkid", .click(.hexadecimal)), FieldRule("ttclid", .click(.dottedToken)),
        FieldRule("ct_tracking_id", .click(.uuid)),
        FieldRule("ct_campaign_link_id", .click(.uuid)),
    ])
    static let utm = ObjectRule(
        (["source", "medium", "campaign", "term", "content", "id"] as [StaticString]).map {
            FieldRule($0, .text(bytesMax: 256))
        })
    static let consent = ObjectRule([
        FieldRule("analytics", .consent), FieldRule("ad_user_data", .consent),
        FieldRule("ad_personalization", .consent), FieldRule("policy", .text(bytesMax: 128)),
    ])
    static let order = ObjectRule([
        FieldRule("id", .reference(bytesMax: 128)), FieldRule("name", .reference(bytesMax: 128)),
        FieldRule("cart_token", .identifier(bytesMax: 128)),
        FieldRule("checkout_token", .identifier(bytesMax: 128)),
        FieldRule("customer_id", .identifier(bytesMax: 128)),
        FieldRule("status", .text(bytesMax: 64)), FieldRule("test", .flag),
    ])
    static let value = ObjectRule([
        FieldRule("amount", .amount), FieldRule("currency", .currency),
    ])
    static let item = ObjectRule([
        FieldRule("id", .identifier(bytesMax: 128)),
        FieldRule("variant", .identifier(bytesMax: 128)),
        FieldRule("sku", .identifier(bytesMax: 128)), FieldRule("title", .text(bytesMax: 512)),
        FieldRule("category", .text(bytesMax: 256)), FieldRule("quantity", .quantity),
        FieldRule("price", .amount),
    ])
}

/// The rules of one object's members, in their order.
struct ObjectRule: Sendable {
    /// Most members that any object of the schema has.
    static let fieldsMax = 20
    let fields: [FieldRule]
    private let names: [FieldName]

    init(_ fields: [FieldRule]) {
        precondition(fields.count <= Self.fieldsMax, "Writers keep one place for each member.")
        self.fields = fields
        names = fields.map { FieldName($0.name) }
    }

    /// Which member this is; nil for one that the schema does not name.
    func index(of name: FieldName) -> Int? { names.firstIndex(of: name) }
}

/// The rule of one member.
struct FieldRule: Sendable {
    let name: StaticString
    let form: Form

    init(_ name: StaticString, _ form: Form) {
        self.name = name
        self.form = form
    }

    var isCountry: Bool {
        if case .country = form { true } else { false }
    }

    /// Whether it is the id of a campaign link of our own, and of no advertiser.
    var isOfOurLinks: Bool {
        if case .click(.uuid) = form { true } else { false }
    }

    /// What a value must be.
    enum Form: Sendable {
        /// A string, cut by the edge.
        case text(bytesMax: Int)
        /// A string, cut by the edge, which also takes integers.
        case identifier(bytesMax: Int)
        /// As `identifier`, without any leading `#`.
        case reference(bytesMax: Int)
        /// A string, scrubbed and cut by the edge.
        case url(bytesMax: Int)
        /// 64 hexadecimal digits in lower case.
        case hash
        /// Two capital letters.
        case country
        /// A raw personal value, ≤ 256 bytes; only where the site keeps such values.
        case personal(PersonalField)
        case click(ClickIDForm)
        /// One of `DeviceKind`.
        case device
        case consent, flag, amount, currency
        /// 0...1,000,000.
        case quantity
    }
}

/// A personal value that is hashed at the edge.
enum PersonalField: Sendable {
    case email, phone, firstName, lastName, street, city, state, postalCode
    static let bytesMax = 256
}

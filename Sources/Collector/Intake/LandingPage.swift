import ConveyProtocol
import HTTP
import JSON

/// The click ids and campaign parameters in a page's address.
struct LandingPage {
    /// By the canonical event's names.
    private(set) var clicks: [(name: StaticString, value: String)] = []
    private(set) var campaign: [(name: StaticString, value: String)] = []
    /// Click ids that stand there more than once, with different values.
    private(set) var repeated: [StaticString] = []
    /// The address without a parameter that a cut has maimed.
    private(set) var address: String

    private static let clickNames: [(parameter: String, name: StaticString, form: ClickIDForm)] = [
        ("gclid", "gclid", .token), ("gbraid", "gbraid", .token), ("wbraid", "wbraid", .token),
        ("fbclid", "fbclid", .token), ("msclkid", "msclkid", .hexadecimal),
        ("ttclid", "ttclid", .dottedToken), ("ct_tracking_id", "ct_tracking_id", .uuid),
        ("ct_campaign_link_id", "ct_campaign_link_id", .uuid),
    ]
    private static let campaignNames: [(parameter: String, name: StaticString)] = [
        ("utm_source", "source"), ("utm_medium", "medium"), ("utm_campaign", "campaign"),
        ("utm_term", "term"), ("utm_content", "content"), ("utm_id", "id"),
    ]

    /// The parameters that are read.
    static let parameters = Set(clickNames.map(\.parameter) + campaignNames.map(\.parameter))

    /// - Parameter isCut: The address is as long as its sender lets it be: the parameter that touches
    ///   its end cannot be trusted.
    init(_ address: String, isCut: Bool = false) {
        self.address = address
        guard let question = address.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
        let behind = address[address.utf8.index(after: question)...]
        let raw = behind.prefix { $0 != "#" }
        guard isCut else {
            read(Query(raw))
            return
        }
        let last = raw.lastIndex(of: "&") ?? raw.startIndex
        read(Query(raw[..<last]))
        noteCut(Query(raw[last...]))
        self.address = String(address[..<(last == raw.startIndex ? question : last)])
    }

    /// Whether the address says anything of where the visitor came from.
    var isEmpty: Bool { clicks.isEmpty && campaign.isEmpty }

    /// Click ids of advertising platforms that have their legal form, by the names of parameters.
    var adClicks: [(parameter: String, value: String)] {
        clicks.compactMap { name, value in
            let rule = Self.clickNames.first { $0.name == name }
            guard let rule, rule.form.isValid(value.utf8.span), !rule.parameter.hasPrefix("ct_")
            else { return nil }
            return (rule.parameter, value)
        }
    }

    /// Writes which click ids stand there more than once, beside the event's members: `data` gets it.
    func writeRepeated(to writer: inout JSONWriter) {
        guard !repeated.isEmpty else { return }
        writer.key("repeated_click_ids")
        writer.array { writer in
            for name in repeated { writer.string(name) }
        }
    }

    private mutating func read(_ query: Query) {
        for (parameter, name, form) in Self.clickNames {
            let values = query.values(parameter).filter { !$0.isEmpty }
            // Of a repeated parameter the last valid one counts.
            guard let value = values.last(where: { form.identifier(in: $0) != nil }) ?? values.last
            else { continue }
            clicks.append((name, value))
            if Set(values).count > 1 { repeated.append(name) }
        }
        for (parameter, name) in Self.campaignNames {
            if let value = query[parameter], !value.isEmpty { campaign.append((name, value)) }
        }
    }

    /// Keeps a cut click id in a form that nobody can take for a whole one.
    private mutating func noteCut(_ query: Query) {
        for (parameter, name, _) in Self.clickNames {
            guard let value = query[parameter], !clicks.contains(where: { $0.name == name })
            else { continue }
            clicks.append((name, value + "…"))
        }
    }
}

extension StaticString {
    fileprivate static func == (left: StaticString, right: StaticString) -> Bool {
        left.description == right.description
    }
}

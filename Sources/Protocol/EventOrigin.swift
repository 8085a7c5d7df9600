/// Who an event comes from; it follows from the credential, never from the body.
package enum EventSource: String, CaseIterable, Sendable {
    case browser, server, shopify, woocommerce, link, reconciliation, `import`

    /// 0...6; what databases keep. Never renumbered.
    package var number: Int {
        switch self {
        case .browser: 0
        case .server: 1
        case .shopify: 2
        case .woocommerce: 3
        case .link: 4
        case .reconciliation: 5
        case .import: 6
        }
    }

    /// Reads what `number` wrote; nil for anything else.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }
}

/// The kind of credential that vouched for an event. Ids are unique within it, so that nobody with
/// a public key can occupy a server's id.
package enum CredentialClass: String, CaseIterable, Sendable {
    case siteKey = "site_key"
    case serverKey = "server_key"
    case webhook, aggregator

    /// 0...3; what databases keep. Never renumbered.
    package var number: Int {
        switch self {
        case .siteKey: 0
        case .serverKey: 1
        case .webhook: 2
        case .aggregator: 3
        }
    }

    /// Reads what `number` wrote; nil for anything else.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }
}

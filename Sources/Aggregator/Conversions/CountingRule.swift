package import ConveyProtocol

/// Which orders of a site count: by their state, and by who has to confirm them.
package struct CountingRule: Sendable, Equatable {
    /// What the site runs on: the list that holds for what its platform says.
    package let platform: SiteSettings.Platform
    /// The operator's own list, which then holds for everybody; nil: the platforms' lists.
    package let states: [String]?
    /// Whether a browser's purchase alone stays `unconfirmed`.
    package let needsConfirmation: Bool

    /// A rule out of a site's policy.
    /// - Parameter states: lower case; nil for the platforms' own lists.
    package init(
        platform: SiteSettings.Platform, states: [String]? = nil, needsConfirmation: Bool
    ) {
        self.platform = platform
        self.states = states
        self.needsConfirmation = needsConfirmation
    }

    /// Whether an order counts while this source says that it is in this state.
    ///
    /// A sender that is no platform and names no state means that the order stands; a platform that
    /// names none says nothing yet.
    package func counts(_ status: String?, from source: EventSource) -> Bool {
        let list = states ?? Self.list(of: source, at: platform)
        guard let status = status?.lowercased() else { return !Self.isPlatform(source) }
        if let list { return list.contains(status) }
        return !Self.dead.contains(status)
    }

    /// Nil where every state counts that is not named as dead.
    private static func list(
        of source: EventSource, at platform: SiteSettings.Platform
    ) -> [String]? {
        switch source {
        case .shopify: shopify
        case .woocommerce: woocommerce
        case .reconciliation:
            switch platform {
            case .shopify: shopify
            case .woocommerce: woocommerce
            case .custom: nil
            }
        case .browser, .server, .link, .import: nil
        }
    }

    private static func isPlatform(_ source: EventSource) -> Bool {
        switch source {
        case .shopify, .woocommerce, .reconciliation: true
        case .browser, .server, .link, .import: false
        }
    }

    private static let shopify = ["paid", "partially_refunded"]
    private static let woocommerce = ["processing", "completed"]
    private static let dead: Set<String> = [
        "cancelled", "canceled", "failed", "refunded", "voided", "pending",
    ]

    /// How far an order is in a state: of two versions that bear one time, the later in life counts.
    static func progress(of status: String?) -> Int {
        guard let status = status?.lowercased() else { return -1 }
        return lives.firstIndex { $0.contains(status) } ?? 0
    }

    private static let lives: [Set<String>] = [
        ["checkout-draft", "draft"], ["pending", "on-hold", "failed"], ["authorized"],
        ["partially_paid"], ["paid", "processing"], ["completed"], ["partially_refunded"],
        ["refunded"], ["cancelled", "canceled", "voided", "trash", "deleted"],
    ]
}

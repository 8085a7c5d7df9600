import ConveyProtocol

/// Tells device, browser and system from what a request says of its program. Pure; some microseconds.
enum AgentReader {
    /// Of nothing nothing is known; of an unknown program the device is `other`.
    static func facts(of evidence: AgentEvidence) -> ClientFacts {
        var facts = ClientFacts()
        guard evidence != AgentEvidence(userAgent: nil) else { return facts }
        let agent = AgentRules.shared.findings(in: evidence.userAgent)
        let brands = AgentRules.shared.findings(in: evidence.brands)
        let hinted = AgentRules.shared.findings(in: evidence.system)
        facts.isBot = agent.isBot || brands.isBot
        facts.system = row(hinted.system, agent.system, SystemNames.rows)?.family ?? maker(agent)
        facts.browser = browser(agent, brands, facts.system)
        facts.device = facts.isBot ? .bot : device(agent, evidence.isMobile, facts.system)
        return facts
    }

    /// Apple's network library names no system, only its processor on desktops.
    private static func maker(_ agent: AgentFindings) -> String? {
        let family = row(agent.browser, AgentFindings.none, BrowserNames.rows)?.family
        guard family == BrowserNames.appleApp else { return nil }
        return agent.isForDesktops ? SystemNames.macOS : SystemNames.iOS
    }

    private static func row<Row>(_ first: Int, _ second: Int, _ rows: [Row]) -> Row? {
        let number = first == AgentFindings.none ? second : first
        return rows.indices.contains(number) ? rows[number] : nil
    }

    /// A brand that says more than "Chromium" wins over what the user agent imitates.
    private static func browser(
        _ agent: AgentFindings, _ brands: AgentFindings, _ system: String?
    ) -> String? {
        let all = BrowserNames.rows
        let branded = all.indices.contains(brands.browser) ? all[brands.browser].family : nil
        let isTelling = branded != nil && branded != BrowserNames.chromium
        let number = isTelling ? min(brands.browser, agent.browser) : agent.browser
        guard all.indices.contains(number) else {
            return system == SystemNames.iOS && agent.isMobile ? BrowserNames.iOSWebView : branded
        }
        switch (all[number].family, system) {
        case (BrowserNames.safari, SystemNames.android): return BrowserNames.androidBrowser
        case (BrowserNames.chrome, SystemNames.android) where agent.isWebView:
            return BrowserNames.androidWebView
        case (let family, _): return family
        }
    }

    /// Android without "Mobile" is a tablet, as Google tells makers to write it.
    private static func device(
        _ agent: AgentFindings, _ isMobile: Bool, _ system: String?
    ) -> DeviceKind {
        let named = row(agent.device, AgentFindings.none, DeviceNames.rows)?.kind
        switch (named, system) {
        case (.mobile?, SystemNames.android), (.desktop?, SystemNames.android),
            (nil, SystemNames.android):
            return agent.isMobile || isMobile ? .mobile : .tablet
        case (nil, SystemNames.iOS): return .mobile
        case (nil, SystemNames.macOS): return .desktop
        case (.desktop?, _), (nil, _): return isMobile ? .mobile : named ?? .other
        case (let kind?, _): return kind
        }
    }
}

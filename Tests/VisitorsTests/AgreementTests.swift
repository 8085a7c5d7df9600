import ConveyProtocol
import Foundation
import Testing

@testable import Visitors

/// Goal: the rules say of real user agents what others say, and a change that makes them worse fails.
/// Method: the cases of `../shared/data/useragents`, where that folder stands beside the project, with
/// their names brought to ours by `Names`. The share that agrees is printed for each file, and held
/// against a floor. What we have no name for counts as disagreement.
@Suite struct AgreementTests {
    static let data = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data/useragents").standardizedFileURL

    static let isThere = FileManager.default.fileExists(atPath: data.path)

    private struct Case: Decodable {
        let userAgent: String
        let family: String?

        enum CodingKeys: String, CodingKey {
            case userAgent = "user_agent_string"
            case family
        }
    }

    @Test(
        .enabled(if: AgreementTests.isThere),
        arguments: [
            ("test_ua", 0.78), ("firefox_user_agent_strings", 1),
            ("opera_mini_user_agent_strings", 1), ("pgts_browser_list", 0.96),
            ("podcasting_user_agent_strings", 0.06),
        ])
    func agreesOnBrowsers(_ file: String, _ floor: Double) throws {
        try compare(file, floor) { one, facts in
            let expected = Names.browser(one.family)
            if let expected, Names.isBot(expected) { return facts.isBot }
            return facts.isBot ? Names.isNoBrowser(expected) : facts.browser == expected
        }
    }

    @Test(
        .enabled(if: AgreementTests.isThere),
        arguments: [("test_os", 0.87), ("additional_os_tests", 1)])
    func agreesOnSystems(_ file: String, _ floor: Double) throws {
        try compare(file, floor) { one, facts in facts.system == Names.system(one.family) }
    }

    @Test(.enabled(if: AgreementTests.isThere), arguments: [("test_device", 0.98)])
    func agreesOnDevices(_ file: String, _ floor: Double) throws {
        try compare(file, floor) { one, facts in
            Names.devices(one.family).contains(facts.device ?? .other)
        }
    }

    private func compare(
        _ file: String, _ floor: Double, _ agrees: (Case, ClientFacts) -> Bool
    ) throws {
        let text = try String(
            contentsOf: Self.data.appending(path: "\(file).ndjson"), encoding: .utf8)
        let cases = try text.split(separator: "\n").map {
            try JSONDecoder().decode(Case.self, from: Data($0.utf8))
        }
        var agreed = 0
        for one in cases {
            let facts = AgentReader.facts(
                of: AgentEvidence(userAgent: one.userAgent))
            if agrees(one, facts) { agreed += 1 }
        }
        let share = Double(agreed) / Double(cases.count)
        print("User agents: \(file): \(agreed) of \(cases.count) agree")
        #expect(cases.count > 4 && share >= floor, "\(file): \(agreed) of \(cases.count)")
    }

    /// Their names in our words.
    private enum Names {
        static func isBot(_ family: String) -> Bool {
            family.wholeMatch(of: /(?i).*(bot|crawl|spider|slurp|archiver|jeeves).*/) != nil
        }

        /// Crawlers have names over there and none here: one that we mark agrees when its name is not
        /// that of a browser.
        static func isNoBrowser(_ family: String?) -> Bool {
            !BrowserNames.rows.contains { $0.family == family }
        }

        static func browser(_ family: String?) -> String? {
            guard let family, family != "Other" else { return nil }
            return browsers[family] ?? family
        }

        static func system(_ family: String?) -> String? {
            guard let family, family != "Other" else { return nil }
            return systems[family] ?? family
        }

        /// Brand and model do not say whether a thing is a phone or a tablet, except by a few words.
        static func devices(_ family: String?) -> Set<DeviceKind> {
            switch family {
            case "Spider": [.bot]
            case "Other", "Mac": [.desktop, .other]
            case "iPad", "Generic Tablet": [.tablet]
            case "iPhone", "iPod", "Generic Feature Phone", "Generic Smartphone": [.mobile]
            default: [.mobile, .tablet, .tv, .console, .wearable]
            }
        }

        private static let browsers = [
            "IE": "Internet Explorer", "IE Mobile": "Internet Explorer",
            "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome",
            "Chrome Mobile WebView": "Android WebView", "Mobile Safari": "Safari",
            "Mobile Safari UI/WKWebView": "iOS WebView", "Firefox Mobile": "Firefox",
            "Firefox iOS": "Firefox", "Firefox Beta": "Firefox", "Edge Mobile": "Edge",
            "Opera Mobile": "Opera", "Opera Tablet": "Opera", "QQ Browser Mobile": "QQ Browser",
            "Android": "Android Browser", "Baidu Explorer": "Baidu", "Baidu Browser": "Baidu",
            "Nokia Services (WAP) Browser": "Nokia Browser",
            "BlackBerry WebKit": "BlackBerry Browser", "BlackBerry": "BlackBerry Browser",
            "Twitter": "X", "Google": "Google App",
            "WebKit Nightly": "Safari", "LINE": "Line", "okhttp": "OkHttp",
            "DuckDuckGo Mobile": "DuckDuckGo", "Ecosia Android": "Ecosia", "got": "Node.js",
            "Flipboard-Briefing": "Flipboard", "Slack Desktop Client": "Slack",
            "HeyTap Browser": "Oppo Browser", "WeChat Browser": "WeChat",
            "Python aiohttp": "Python", "Google-HTTP-Java-Client": "Java",
            "Dragon": "Comodo Dragon",
            "MacOutlook": "Outlook", "Aloha Browser": "Aloha", "AdobeAIR": "Adobe AIR",
            "Python-urllib": "Python", "CFNetwork": "Apple app",

            "MiuiBrowser": "Mi Browser", "VivoBrowser": "Vivo Browser",
            "Mail.ru Chromium Browser": "Mail.ru", "Qt Web Engine": "Qt WebEngine",
        ]

        private static let systems = [
            "Mac OS X": "macOS", "Mac OS": "macOS", "Ubuntu": "Linux", "Mandriva": "Linux",
            "Debian": "Linux", "Fedora": "Linux", "Symbian OS": "Symbian",
            "BlackBerry OS": "BlackBerry", "BlackBerry Tablet OS": "BlackBerry",
            "GoogleTV": "Android", "Chromecast Android": "Android", "Web0S": "webOS",
            "ATV OS X": "tvOS", "WatchOS": "watchOS",
        ]
    }
}

import ConveyProtocol
import TestSupport
import Testing

@testable import Visitors

/// Goal: browsers of these years are told apart, and what calls itself a robot is taken for one.
/// Method: user agents as browsers of each kind write them.
@Suite struct AgentTests {
    private func facts(
        _ text: String, brands: String? = nil, system: String? = nil, isMobile: Bool = false
    ) -> ClientFacts {
        AgentReader.facts(
            of: AgentEvidence(userAgent: text, brands: brands, system: system, isMobile: isMobile))
    }

    private static let chrome = " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"

    private static let chromiums: [(String, String, DeviceKind, String, String)] = [
        ("Windows NT 10.0; Win64; x64", " Safari/537.36", .desktop, "Chrome", "Windows"),
        ("Macintosh; Intel Mac OS X 10_15_7", " Safari/537.36", .desktop, "Chrome", "macOS"),
        ("X11; CrOS x86_64 14541.0.0", " Safari/537.36", .desktop, "Chrome", "Chrome OS"),
        ("X11; Linux x86_64", " Safari/537.36", .desktop, "Chrome", "Linux"),
        ("Linux; Android 10; K", " Mobile Safari/537.36", .mobile, "Chrome", "Android"),
        ("Linux; Android 10; K", " Safari/537.36", .tablet, "Chrome", "Android"),
        ("Linux; Android 13; SM-X700", " Safari/537.36", .tablet, "Chrome", "Android"),
        (
            "Linux; Android 14; Pixel 8; wv", " Mobile Safari/537.36", .mobile, "Android WebView",
            "Android"
        ),
        (
            "Windows NT 10.0; Win64; x64", " Safari/537.36 Edg/140.0.0.0", .desktop, "Edge",
            "Windows"
        ),
        (
            "Windows NT 10.0; Win64; x64", " Safari/537.36 OPR/120.0.0.0", .desktop, "Opera",
            "Windows"
        ),
        (
            "Linux; Android 14; SM-S918B", " Mobile Safari/537.36 Instagram 300.0", .mobile,
            "Instagram", "Android"
        ),
        ("Linux; Android 9; AFTMM Build/PS7", " Safari/537.36", .tv, "Chrome", "Android"),
        ("Web0S; Linux/SmartTV", " Safari/537.36 WebAppManager", .tv, "Chrome", "webOS"),
        ("PlayStation; PlayStation 5/5.10", " Safari/537.36", .console, "Chrome", "PlayStation"),
        (
            "Linux; Android 12; Quest 3", " VR Safari/537.36 OculusBrowser/30.0", .wearable,
            "Oculus Browser", "Android"
        ),
    ]

    @Test(arguments: chromiums)
    func tellsChromiumsApart(
        _ inner: String, _ tail: String, _ device: DeviceKind, _ browser: String, _ system: String
    ) {
        let facts = facts("Mozilla/5.0 (\(inner))\(Self.chrome)\(tail)")
        #expect(facts.device == device)
        #expect(facts.browser == browser)
        #expect(facts.system == system)
        #expect(!facts.isBot)
    }

    private static let others: [(String, DeviceKind, String?, String?)] = [
        (
            """
            Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
            AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 \
            Safari/604.1
            """, .mobile, "Safari", "iOS"
        ),
        (
            """
            Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
            like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1
            """, .tablet, "Chrome", "iOS"
        ),
        (
            """
            Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
            AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 \
            [FBAN/FBIOS;FBAV/500.0;FBDV/iPhone14,5]
            """, .mobile, "Facebook", "iOS"
        ),
        (
            """
            Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
            AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148
            """, .mobile, "iOS WebView", "iOS"
        ),
        (
            """
            Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 \
            (KHTML, like Gecko) Version/18.5 Safari/605.1.15
            """, .desktop, "Safari", "macOS"
        ),
        (
            """
            Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 \
            Firefox/140.0
            """, .desktop, "Firefox", "Windows"
        ),
        (
            """
            Mozilla/5.0 (Linux; U; Android 4.0.4; en-us; SomePhone) AppleWebKit/534.30 \
            (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30
            """, .mobile, "Android Browser", "Android"
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", .mobile,
            "Firefox", "Android"
        ),
        (
            "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", .tablet,
            "Firefox", "Android"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", .desktop,
            "Internet Explorer", "Windows"
        ),
        ("Mozilla/5.0", .other, nil, nil), ("\u{FFFD}\u{1F600}((((", .other, nil, nil),
    ]

    @Test(arguments: others)
    func tellsOthersApart(
        _ text: String, _ device: DeviceKind, _ browser: String?, _ system: String?
    ) {
        let facts = facts(text)
        #expect(facts.device == device)
        #expect(facts.browser == browser)
        #expect(facts.system == system)
    }

    @Test(arguments: [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/140",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "WhatsApp/2.23.20.0",
        "AdsBot-Google (+http://www.google.com/adsbot.html)", "Mediapartners-Google",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36",
        "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "ia_archiver",
        "Mozilla/5.0 (compatible; Yahoo! Slurp)", "Screaming Frog SEO Spider/19.0",
        "Mozilla/5.0 (Linux; Android 11) Chrome/110 Mobile Safari/537.36 Chrome-Lighthouse",
        "some-crawler/0.1", "MJ12bot",
    ])
    func knowsRobots(_ text: String) {
        #expect(facts(text).isBot)
        #expect(facts(text).device == .bot)
    }

    @Test(arguments: [
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
        "curl/8.0", "okhttp/4.12.0", "python-requests/2.31", "Shop/1.2 CFNetwork/1490 Darwin/23.0",
        "",
    ])
    func takesNobodyElseForOne(_ text: String) { #expect(!facts(text).isBot) }

    @Test func aBrandSaysMoreThanTheUserAgent() {
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)\(Self.chrome) Safari/537.36"
        let brave = #""Chromium";v="140", "Brave";v="140", "Not=A?Brand";v="24""#
        #expect(facts(agent, brands: brave).browser == "Brave")
        let chrome = #""Google Chrome";v="140", "Chromium";v="140", "Not)A;Brand";v="8""#
        #expect(facts(agent, brands: chrome).browser == "Chrome")
        let plain = #""Chromium";v="140", "Not=A?Brand";v="24""#
        #expect(facts(agent, brands: plain).browser == "Chrome")
    }

    @Test func hintsCorrectAPageThatAsksForTheDesktop() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64)\(Self.chrome) Safari/537.36"
        let facts = facts(agent, system: #""Android""#, isMobile: true)
        #expect(facts.system == "Android")
        #expect(facts.device == .mobile)
    }

    @Test func ofNothingNothingIsKnown() {
        #expect(AgentReader.facts(of: AgentEvidence(userAgent: nil)) == ClientFacts())
        #expect(AgentReader.facts(of: AgentEvidence(userAgent: "")) == ClientFacts())
    }

    @Test func whateverIsSentIsTold() {
        var random = SeededRandom(seed: .random(in: 0...UInt64.max))
        print("User agents at random: seed \(random.seed)")
        let pieces = [
            "Mozilla/5.0 (", ";", "Android", "Mobile", ".", "bot", "é", "\u{0}", "/", "9",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...300, using: &random))
                .map { _ in pieces.randomElement(using: &random)! }.joined()
            let facts = facts(text, brands: text, system: text)
            #expect((facts.browser ?? "").utf8.count <= 64)
            #expect((facts.system ?? "").utf8.count <= 64)
        }
    }

    @Test func namesFitTheEvent() {
        for row in BrowserNames.rows { #expect((1...64).contains(row.family.utf8.count)) }
        for row in SystemNames.rows { #expect((1...64).contains(row.family.utf8.count)) }
        let words =
            BrowserNames.rows.flatMap(\.words) + SystemNames.rows.flatMap(\.words)
            + DeviceNames.rows.flatMap(\.words) + BotNames.words
        for word in words {
            #expect(word == word.lowercased() && word.split(separator: " ").count <= 2, "\(word)")
            #expect(!word.contains("-") && !word.contains("_") && !word.contains("/"), "\(word)")
        }
    }

    @Test func remembersNoMoreThanItsBound() {
        let cache = AgentCache()
        for number in 0..<5_000 {
            _ = cache.facts(of: AgentEvidence(userAgent: "Firefox/\(number)"))
            #expect(cache.facts(of: AgentEvidence(userAgent: "curl/8.0")).browser == "curl")
        }
        #expect(cache.count <= 2 * AgentCache.generationMax)
        #expect(cache.count > AgentCache.generationMax)
    }
}

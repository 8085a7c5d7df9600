import Testing

@testable import Attribution

/// Goal: channels are GA4's. Method: a case for each rule, in the words of Google's table, and the
/// cases at the edges of its patterns.
@Suite struct ChannelTests {
    private func channel(_ source: String, _ medium: String, _ campaign: String = "") -> String {
        let traffic = TrafficSource(source: source, medium: medium, campaign: campaign)
        return ChannelRules.standard.channel(of: traffic).name
    }

    @Test(arguments: [
        ("(direct)", "(none)", "", "Direct"), ("(direct)", "(not set)", "", "Direct"),
        ("google", "cpc", "spring-cross-network-1", "Cross-network"),
        ("amazon", "cpc", "", "Paid Shopping"), ("any", "ppc", "shopping", "Paid Shopping"),
        ("google", "cpc", "", "Paid Search"), ("bing", "retargeting", "", "Paid Search"),
        ("facebook", "paid", "", "Paid Social"), ("instagram.com", "cpm", "", "Paid Social"),
        ("youtube.com", "paid-video", "", "Paid Video"), ("site", "banner", "", "Display"),
        ("site", "cpm", "", "Display"), ("site", "cpx", "", "Paid Other"),
        ("chatgpt.com", "referral", "", "AI Assistant"), ("x", "ai-assistant", "", "AI Assistant"),
        ("ebay.de", "referral", "", "Organic Shopping"),
        ("any", "any", "myshop", "Unassigned"), ("any", "any", "my-shop", "Organic Shopping"),
        ("m.facebook.com", "referral", "", "Organic Social"),
        ("any", "social media", "", "Organic Social"), ("vimeo.com", "", "", "Organic Video"),
        ("any", "shortvideos", "", "Organic Video"), ("google", "organic", "", "Organic Search"),
        ("unknown", "organic", "", "Organic Search"), ("blog.example", "referral", "", "Referral"),
        ("any", "app", "", "Referral"), ("newsletter", "email", "", "Email"),
        ("e_mail", "any", "", "Email"), ("partner", "affiliate", "", "Affiliates"),
        ("any", "audio", "", "Audio"), ("sms", "any", "", "SMS"), ("any", "sms", "", "SMS"),
        ("any", "webpush", "", "Mobile Push Notifications"),
        ("firebase", "any", "", "Mobile Push Notifications"),
        ("any", "mobile-x", "", "Mobile Push Notifications"),
        ("any", "flyer", "", "Unassigned"), ("", "", "", "Unassigned"),
    ])
    func followsGooglesTable(
        _ source: String, _ medium: String, _ campaign: String, _ expected: String
    ) {
        #expect(channel(source, medium, campaign) == expected)
        #expect(channel(source.uppercased(), medium.uppercased(), campaign) == expected)
    }

    @Test func shopsAreRecognizedAsGooglesPatternDoes() {
        for campaign in [
            "shop", "shopper", "the shop", "eshop", "ESHOP", "window-shopping", "9shop",
        ] {
            #expect(channel("a", "b", campaign) == "Organic Shopping", "\(campaign)")
        }
        for campaign in ["bishop", "workshop", "sho", "s-hop"] {
            #expect(channel("a", "b", campaign) == "Unassigned", "\(campaign)")
        }
    }

    @Test func sitesAreFoundByHostBrandAndCountry() {
        let sites = SourceCategories.standard
        #expect(sites.category(ofSource: "google") == .search)
        #expect(sites.category(ofSource: "google.com") == .search)
        #expect(sites.category(ofSource: "images.google.co.uk") == .search)
        #expect(sites.category(ofSource: "gemini.google.com") == .assistant)
        #expect(sites.category(ofSource: "groups.google.com") == .social)
        #expect(sites.category(ofSource: "google.evil.example") == nil)
        #expect(sites.category(ofSource: "notgoogle.com") == nil)
        #expect(sites.category(ofSource: "x") == .social)
        #expect(sites.category(ofSource: "x.com") == .social)
        #expect(sites.category(ofSource: "x.org") == nil)
        #expect(sites.category(ofSource: "com") == nil)
        #expect(sites.category(ofSource: "") == nil)
    }

    @Test func anOrganizationsOwnRulesGoFirst() {
        let own = ChannelRule("Partners", [.init(.source, ["partner-*"])])
        let rules = ChannelRules.standard.preceded(by: [own])
        let traffic = TrafficSource(source: "Partner-7", medium: "cpc")
        #expect(rules.channel(of: traffic).name == "Partners")
        #expect(channel("partner-7", "cpc") == "Paid Other")
    }

    @Test func patternsHaveStarsAndNonLetters() {
        #expect(Glob.matches("", ""))
        #expect(Glob.matches("", "*"))
        #expect(Glob.matches("abc", "a*c"))
        #expect(Glob.matches("abcbc", "a*bc"))
        #expect(!Glob.matches("abcb", "a*bc"))
        #expect(!Glob.matches("abc", "ab"))
        #expect(!Glob.matches("ab", "abc"))
        #expect(Glob.matches("a-b", "a~b"))
        #expect(!Glob.matches("aab", "a~b"))
        #expect(!Glob.matches("ab", "a~b"))
    }
}

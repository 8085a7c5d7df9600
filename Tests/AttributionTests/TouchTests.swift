import Attribution
import ConveyProtocol
import TestSupport
import Testing
import Time
import Timeline

/// Goal: a person's facts give the touches that a marketer would count, each once, whatever the order
/// of the facts. Method: small stories told in facts.
@Suite struct TouchTests {
    private let rules = TouchRules(ownHosts: ["www.shop.example"])

    private func page(
        _ name: String, _ day: Double, session: String? = "s1", visitor: String? = "v1",
        from referrer: String? = nil, utm: Fact.UTM? = nil, clicks: [ClickID] = [],
        url: String = "https://www.shop.example/"
    ) -> Fact {
        Sample.fact(name, at: Sample.day(day)) { fact in
            (fact.session, fact.visitor) = (session, visitor)
            fact.page = Fact.Page(url: url, referrer: referrer)
            fact.utm = utm
            fact.clicks = clicks
        }
    }

    private func order(
        _ name: String, _ day: Double, id: String = "1001", madeOn made: Double? = nil,
        from referrer: String? = nil, utm: Fact.UTM? = nil, clicks: [ClickID] = []
    ) -> Fact {
        Sample.fact(name, at: Sample.day(day), type: "purchase", source: .shopify) { fact in
            fact.order = Fact.OrderReference(id: id, name: id)
            fact.page = Fact.Page(url: "https://acme.myshopify.com/", referrer: referrer)
            fact.utm = utm
            fact.clicks = clicks
            fact.platform = Fact.PlatformDetails()
            fact.platform?.createdAt = made.map(Sample.day)
        }
    }

    private let gclid = ClickID(.gclid, "EAIaIQobChMI-first")
    private let newsletter = Fact.UTM(source: "news", medium: "email", campaign: "may")

    private func said(_ touches: [Touch]) -> [String] {
        touches.map { "\($0.kind.rawValue) \($0.traffic.source)/\($0.traffic.medium)" }
    }

    // MARK: Clicks

    @Test func aClickSeenManyTimesIsOneTouchAtItsFirstSight() {
        let facts = [
            page("a", 1, clicks: [gclid]), page("b", 1.01, clicks: [gclid]),
            page("c", 5, session: "s2", clicks: [gclid]), order("d", 6, clicks: [gclid]),
        ]
        let touches = rules.touches(in: facts)
        let ads = touches.filter { $0.kind == .adClick }
        #expect(ads.count == 1)
        #expect(ads.first?.at == Sample.day(1))
        #expect(ads.first?.timing == .seen)
        #expect(ads.first?.channel.name == "Paid Search")
        #expect(ads.first?.evidence.count == 4)
        #expect(said(touches) == ["ad_click google/cpc", "direct (direct)/(none)"])
    }

    @Test func theSitesFirstSightOfAClickCountsEvenIfSomebodyElseSawIt() {
        let key = FactKey(gclid)
        let touches = rules.touches(
            in: [page("a", 3, clicks: [gclid])], firstSights: [key: Sample.day(1)])
        #expect(touches.map(\.at) == [Sample.day(1)])
    }

    @Test func aClickKnownFromTheOrderAloneHasTheOrdersOwnTime() {
        let facts = [
            order("paid", 9, madeOn: 5, clicks: [gclid]), order("made", 5.5, clicks: [gclid]),
        ]
        let touches = rules.touches(in: facts)
        #expect(touches.map(\.at) == [Sample.day(5)])
        #expect(touches.map(\.timing) == [.firstSight])
        #expect(
            rules.touches(in: facts, firstSights: [FactKey(gclid): Sample.day(2)]).map(\.timing)
                == [.seen])
    }

    @Test func clicksOfOneLandingAreOneTouchWithAllOfThem() {
        let gbraid = ClickID(.gbraid, "0AAAAAo-braid")
        let touches = rules.touches(in: [page("a", 1, clicks: [gclid, gbraid])])
        #expect(touches.count == 1)
        #expect(touches.first?.clicks == [gclid, gbraid])
    }

    @Test func clicksOfTwoLandingsStayTwoThoughLaterEventsCarryBoth() {
        let second = ClickID(.msclkid, "0123456789abcdef0123456789abcdef")
        let facts = [
            page("a", 1, clicks: [gclid]), page("b", 3, session: "s2", clicks: [second]),
            page("c", 4, session: "s3", clicks: [gclid, second]),
        ]
        let ads = rules.touches(in: facts).filter { $0.kind == .adClick }
        #expect(ads.map(\.at) == [Sample.day(1), Sample.day(3)])
        #expect(ads.map(\.traffic.source) == ["google", "bing"])
    }

    @Test func twoClicksOnOneAdAreTwoTouches() {
        let second = ClickID(.gclid, "EAIaIQobChMI-second")
        let facts = [page("a", 1, clicks: [gclid]), page("b", 1.1, clicks: [second])]
        #expect(rules.touches(in: facts).count == 2)
    }

    @Test func tagsOfAnAdClickGiveItsCampaign() throws {
        let utm = Fact.UTM(source: "google", medium: "cpc", campaign: "Spring")
        let touches = rules.touches(in: [
            page("a", 1, utm: utm, clicks: [gclid]), page("b", 1.01, utm: utm),
        ])
        let touch = try #require(touches.first)
        #expect(touches.count == 1)
        #expect(touch.traffic.campaign == "spring")
        #expect(touch.evidence.count == 1)
    }

    @Test func anAdStaysAnAdWhateverItsTagsCallIt() {
        let touches = rules.touches(in: [page("a", 1, utm: newsletter, clicks: [gclid])])
        #expect(said(touches) == ["ad_click google/cpc"])
        #expect(touches.first?.traffic.campaign == "may")
        #expect(touches.first?.channel.name == "Paid Search")
    }

    @Test func metasClickIDAloneProvesNoAd() {
        let fbclid = ClickID(.fbclid, "IwAR0-something")
        let plain = rules.touches(in: [
            page("a", 1, from: "https://l.facebook.com/x", clicks: [fbclid])
        ])
        #expect(said(plain) == ["referral l.facebook.com/referral"])
        #expect(plain.first?.clicks == [fbclid])
        #expect(plain.first?.channel.name == "Organic Social")
        let paid = Fact.UTM(source: "facebook", medium: "paid_social", campaign: "c")
        let tagged = rules.touches(in: [page("a", 1, utm: paid, clicks: [fbclid])])
        #expect(said(tagged) == ["ad_click facebook/paid_social"])
    }

    @Test func aCampaignLinksClickIsOneTouchWithItsTags() {
        let landing = Sample.fact("a", at: Sample.day(1)) { fact in
            (fact.session, fact.utm) = ("s1", newsletter)
            fact.campaign = Fact.CampaignClick(trackingID: "t-1", linkID: "l-1")
        }
        let later = Sample.fact("b", at: Sample.day(4)) { fact in
            fact.session = "s2"
            fact.campaign = Fact.CampaignClick(trackingID: "t-1", linkID: "l-1")
        }
        let touches = rules.touches(in: [later, landing])
        #expect(said(touches) == ["campaign_link news/email", "direct (direct)/(none)"])
        #expect(touches.first?.campaignLink == "l-1")
        #expect(touches.first?.at == Sample.day(1))
    }

    // MARK: Tags and referrers

    @Test func tagsAreOneTouchASession() {
        let facts = [
            page("a", 1, utm: newsletter), page("b", 1.01, utm: newsletter),
            page("c", 3, session: "s2", utm: newsletter),
        ]
        let touches = rules.touches(in: facts)
        #expect(said(touches) == ["tagged news/email", "tagged news/email"])
        #expect(touches.map(\.at) == [Sample.day(1), Sample.day(3)])
        #expect(touches.map(\.channel.name) == ["Email", "Email"])
    }

    @Test func withoutASessionTheVisitorCounts() {
        let facts = [
            page("a", 1, session: nil, utm: newsletter),
            page("b", 2, session: nil, utm: newsletter),
            page("c", 2, session: nil, visitor: "v2", utm: newsletter),
        ]
        #expect(rules.touches(in: facts).map(\.at) == [Sample.day(1), Sample.day(2)])
    }

    @Test func paidTagsWithoutAClickIDAreAnAdClick() {
        let paid = Fact.UTM(source: "google", medium: "cpc", campaign: "c")
        #expect(said(rules.touches(in: [page("a", 1, utm: paid)])) == ["ad_click google/cpc"])
    }

    @Test func aReferrerIsOneTouchASessionNamedAsGoogleDoes() {
        let facts = [
            page("a", 1, from: "https://www.google.de/"),
            page("b", 1.01, from: "https://www.google.de/"),
            page("c", 2, session: "s2", from: "https://blog.example/post"),
            page("d", 3, session: "s3", from: "https://chatgpt.com/"),
        ]
        let touches = rules.touches(in: facts)
        #expect(
            said(touches) == [
                "referral google/organic", "referral blog.example/referral",
                "referral chatgpt.com/ai-assistant",
            ])
        #expect(touches.map(\.channel.name) == ["Organic Search", "Referral", "AI Assistant"])
    }

    @Test(arguments: [
        "https://shop.example/cart", "https://checkout.shop.example/1", "https://www.paypal.com/x",
        "https://hooks.stripe.com/3ds", "https://accounts.google.com/o",
    ])
    func whatSendsShoppersBackIsNoReferrer(_ referrer: String) {
        let touches = rules.touches(in: [page("a", 1, from: referrer)])
        #expect(said(touches) == ["direct (direct)/(none)"])
    }

    @Test func theReferrerOfATaggedLandingIsExplained() {
        let facts = [
            page("a", 1, from: "https://l.facebook.com/", utm: newsletter),
            page("b", 1.01, from: "https://l.facebook.com/"),
        ]
        #expect(said(rules.touches(in: facts)) == ["tagged news/email"])
    }

    @Test func aLaterVisitFromElsewhereCountsThoughItsEventsCarryTheOldClick() {
        let facts = [
            page("a", 1, clicks: [gclid]),
            page("b", 4, session: "s2", utm: newsletter, clicks: [gclid]),
            page("c", 6, session: "s3", from: "https://www.bing.com/", clicks: [gclid]),
        ]
        #expect(
            said(rules.touches(in: facts)) == [
                "ad_click google/cpc", "tagged news/email", "referral bing/organic",
            ])
    }

    // MARK: Direct visits and orders

    @Test func aSessionThatNothingLedToIsADirectVisit() {
        let facts = [page("a", 1, utm: newsletter), page("b", 3, session: "s2")]
        let touches = rules.touches(in: facts)
        #expect(said(touches) == ["tagged news/email", "direct (direct)/(none)"])
        #expect(touches.last?.at == Sample.day(3))
        #expect(touches.last?.channel.name == "Direct")
    }

    @Test func anOrdersReportOfASeenVisitIsEvidenceAndNoSecondTouch() {
        let facts = [
            page("a", 1, utm: newsletter), order("o1", 2, utm: newsletter),
            order("o2", 2.5, utm: newsletter),
        ]
        let touches = rules.touches(in: facts)
        #expect(said(touches) == ["tagged news/email"])
        #expect(touches.first?.at == Sample.day(1))
        #expect(touches.first?.evidence.count == 3)
        let referred = [
            page("a", 1, from: "https://www.google.com/"),
            order("o1", 2, from: "https://google.com/"),
        ]
        #expect(said(rules.touches(in: referred)) == ["referral google/organic"])
    }

    @Test func anOrdersReportOfAnUnseenVisitIsATouchAtTheOrdersTime() {
        let facts = [
            order("o1", 4, madeOn: 2, utm: newsletter), order("o2", 5, madeOn: 2, utm: newsletter),
        ]
        let touches = rules.touches(in: facts)
        #expect(said(touches) == ["tagged news/email"])
        #expect(touches.map(\.at) == [Sample.day(2)])
        #expect(touches.map(\.timing) == [.firstSight])
    }

    @Test func anOrderThatSaysNothingOfItsVisitIsNoTouch() {
        #expect(rules.touches(in: [order("o1", 2)]).isEmpty)
        #expect(rules.touches(in: []).isEmpty)
    }

    // MARK: Order does not matter

    @Test func anyOrderAndRepetitionOfTheFactsGivesTheSameTouches() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let seed = random.seed
        for _ in 0..<200 {
            let facts = (0..<Int.random(in: 1...20, using: &random)).map { place in
                randomFact("e\(place)", using: &random)
            }
            let touches = rules.touches(in: facts)
            for _ in 0..<3 {
                let again = (facts + facts.prefix(3)).shuffled(using: &random)
                #expect(rules.touches(in: again) == touches, "seed \(seed)")
            }
            #expect(Set(touches.map(\.id)).count == touches.count, "seed \(seed)")
            #expect(touches == touches.sorted { ($0.at, $0.id) < ($1.at, $1.id) })
        }
    }

    private func randomFact(_ name: String, using random: inout SeededRandom) -> Fact {
        let day = Double(Int.random(in: 0...8, using: &random))
        let clicks = [
            ClickID(.gclid, "g\(Int.random(in: 0...2, using: &random))"),
            ClickID(.fbclid, "f\(Int.random(in: 0...2, using: &random))"),
        ].filter { _ in Int.random(in: 0...2, using: &random) == 0 }
        let sources = ["google", "news", nil]
        let source = sources.randomElement(using: &random)!
        let utm = source.map { Fact.UTM(source: $0, medium: "email", campaign: "c") }
        let referrers = ["https://www.google.com/", "https://blog.example/", nil]
        let referrer = referrers.randomElement(using: &random)!
        if Int.random(in: 0...4, using: &random) == 0 {
            return order(name, day, from: referrer, utm: utm, clicks: clicks)
        }
        let sessions = ["s1", "s2", "s3", nil]
        return page(
            name, day, session: sessions.randomElement(using: &random)!, from: referrer, utm: utm,
            clicks: clicks)
    }
}

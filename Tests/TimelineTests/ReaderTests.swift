import ConveyProtocol
import Foundation
import JSON
import Store
import TestSupport
import Testing
import Time

@testable import Timeline

/// Goal: a fact says what its event says, stored or fresh, and no bytes can crash the reader.
@Suite struct ReaderTests {
    private static let place = Fact.Place(chunk: 7, line: 3)
    private static let site = "01890a5d-ac96-774b-bcce-b302099a8057"

    static let order = """
        {"seq":5,"id":"b1946ac9","type":"purchase","site":"\(site)","source":"shopify",\
        "class":"webhook","occurred_at":"2026-01-02T03:04:05.678Z",\
        "received_at":"2026-01-02T03:04:07.000Z","clock_offset_ms":-3,"visitor":"v","session":"s",\
        "user":{"external_id":"77","email_sha256":"\(hash("a"))","email_sha256_google":"\(hash("b"))",\
        "phone_sha256":"\(hash("c"))","phone_sha256_digits":"\(hash("d"))","country":"AT"},\
        "page":{"url":"https://shop.example/a?b=c","path":"/a","title":"A \\"b\\"",\
        "referrer":"https://www.search.example/"},\
        "client":{"ip":"192.0.2.0","user_agent":"Mozilla/5.0 \\u00fc","language":"de-AT"},\
        "click":{"gclid":"abcdefghijklmnopqrstuvwxyz","fbc":"fb.1.1700000000000.x",\
        "ct_tracking_id":"\(site)"},\
        "utm":{"source":"news","medium":"email","campaign":"spring","term":"t","content":"c","id":"9"},\
        "consent":{"analytics":"granted","ad_user_data":"denied","ad_personalization":"unknown"},\
        "order":{"id":"1001","name":"1","cart_token":"ct","checkout_token":"kt","customer_id":"77",\
        "status":"paid","test":true},"value":{"amount":"1234.50","currency":"EUR"},\
        "items":[{"id":"p","variant":"v","sku":"s","title":"T","quantity":2,"price":"617.25"},{}],\
        "data":{"topic":"orders/updated","created_at":"2026-01-01T00:00:00.000Z",\
        "updated_at":"2026-01-02T03:04:05.000Z","cancel_reason":"customer",\
        "totals":{"current_total":"1000.25","tax":"1"},\
        "refunds":[{"id":"r1","amount":"-234.25","currency":"EUR","at":"2026-01-02T00:00:00.000Z"},\
        {"amount":"1"},7]}}
        """

    private static func hash(_ letter: Character) -> String { String(repeating: letter, count: 64) }

    private static func read(_ line: String) -> Fact? {
        var reader = FactReader()
        return reader.read(Array(line.utf8).span, site: 4, place: place)
    }

    @Test func readsWhatMatters() throws {
        #expect(sound(Self.order))
        let fact = try #require(Self.read(Self.order))
        #expect(fact.name.description == "webhook:b1946ac9" && fact.name.site == 4)
        #expect(fact.place == Self.place && fact.source == .shopify && fact.type == "purchase")
        #expect(fact.occurredAt.description == "2026-01-02T03:04:05.678Z")
        #expect(fact.receivedAt.description == "2026-01-02T03:04:07.000Z")
        #expect(fact.page?.referrerHost == "www.search.example" && fact.isLanding)
        #expect(fact.clicks == [ClickID(.gclid, "abcdefghijklmnopqrstuvwxyz")])
        #expect(fact.campaign == Fact.CampaignClick(trackingID: Self.site))
        #expect(fact.utm?.campaign == "spring" && fact.utm?.id == "9")
        #expect(fact.consent?.adUserData == .denied && fact.consent?.analytics == .granted)
        #expect(fact.order?.isTest == true && fact.order?.status == "paid")
        #expect(fact.value?.amount == "1234.50" && fact.items.count == 2)
        #expect(fact.items.first?.priceMicros == 617_250_000 && fact.items.first?.quantity == 2)
        #expect(fact.userAgent == "Mozilla/5.0 ü" && fact.language == "de-AT")
        #expect(fact.platform?.currentTotalMicros == 1_000_250_000)
        #expect(fact.platform?.modifiedAt?.description == "2026-01-02T03:04:05.000Z")
        let refund = try #require(fact.platform?.refunds.first)
        #expect(refund.id == "r1" && refund.micros == 234_250_000 && refund.currency != nil)
        #expect(fact.platform?.refunds.count == 1)
    }

    @Test(arguments: ["bot", "prefetch"]) func whatNobodyDidLeavesNothing(_ flag: String) throws {
        let line = Self.order.dropLast() + #","flags":["clock_corrected","\#(flag)"]}"#
        let fact = try #require(Self.read(String(line)))
        #expect(fact.isAutomatic && fact.isLanding && fact.standing == .nothing)
        let other = Self.order.dropLast() + #","flags":["clock_corrected"]}"#
        #expect(Self.read(String(other))?.standing == .evidence)
    }

    private func sound(_ line: String) -> Bool {
        var check = EventCheck()
        if case .sound = check.read(Array(line.utf8).span) { return true }
        return false
    }

    @Test func findsEveryKey() throws {
        let fact = try #require(Self.read(Self.order))
        let own = fact.keys.map { "\($0.kind)" }
        #expect(
            own == [
                "visitor", "session", "trackingID", "cartToken", "checkoutToken", "orderID",
                "orderName", "customer", "email", "phone", "click",
            ])
        let claim = try #require(
            Self.read(Self.order.replacingOccurrences(of: #""webhook""#, with: #""site_key""#)))
        #expect(claim.keys.contains(FactKey(.claimedOrderID, "1001")))
        #expect(!claim.keys.contains { $0.kind == .orderID || $0.kind == .orderName })
        #expect(fact.keys.last == FactKey(.click, "gclid:abcdefghijklmnopqrstuvwxyz"))
    }

    @Test func readsBackWhatIsStored() throws {
        let fact = try #require(Self.read(Self.order))
        #expect(Self.restored(fact) == fact)
        let bare = Fact.sample("x")
        #expect(Self.restored(bare) == bare)
    }

    private static func restored(_ fact: Fact) -> Fact? {
        var reader = FactReader()
        var restored = Fact(
            fact.name, type: fact.type, source: fact.source, at: fact.occurredAt)
        restored.place = fact.place
        restored.receivedAt = fact.receivedAt
        return reader.fill(&restored, body: FactWriter.body(of: fact)) ? restored : nil
    }

    @Test func aBrowserSaysNothingForAPlatform() throws {
        let line = Self.order.replacingOccurrences(of: #""shopify""#, with: #""browser""#)
        #expect(try #require(Self.read(line)).platform == nil)
    }

    /// Bytes changed, cut, doubled and swapped by seed: no crash, and what is read can be kept.
    @Test(arguments: [UInt64](1...20)) func noBytesCrashIt(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var reader = FactReader()
        let pieces = [
            "{", "}", "[", "]", "\"", ":", ",", "null", "-1", "9223372036854775807", "1e999",
            "\\u0000",
            "\\ud800", "{\"id\":1}", "\"2026-13-01T00:00:00Z\"", "true", "\u{7F}", "é",
        ].map { Array($0.utf8) }
        var readable = 0
        for _ in 0..<500 {
            var line = Array(Self.order.utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let start = Int.random(in: 0..<line.count, using: &random)
                let end = min(line.count, start + Int.random(in: 0..<12, using: &random))
                switch Int.random(in: 0..<4, using: &random) {
                case 0: line[start] = UInt8.random(in: 0...255, using: &random)
                case 1:
                    line.replaceSubrange(
                        start..<end, with: pieces.randomElement(using: &random) ?? [])
                case 2: line.insert(contentsOf: line[start..<end], at: start)
                default: line.removeSubrange(start..<end)
                }
                if line.isEmpty { line = [0] }
            }
            guard let fact = reader.read(line.span, site: 1, place: Self.place) else { continue }
            readable += 1
            #expect(
                Self.restored(fact) == fact,
                "seed \(seed): \(String(decoding: line, as: UTF8.self))")
            _ = fact.keys.map(\.digest)
        }
        #expect(readable > 0, "seed \(seed)")
    }

    @Test func whatIsNoEventIsNoFact() {
        for line in ["", "{}", "[]", "null", "{\"id\":\"a\"}", "\u{0}", "{\"seq\":1,"] {
            #expect(Self.read(line) == nil)
        }
    }

    @Test(arguments: [
        ("https://Shop.Example:8080/a", "shop.example"), ("http://u:p@b.example", "b.example"),
        ("https://[::1]:80/", "[::1"), ("HTTPS://a.example?x", "a.example"),
    ]) func findsTheHost(_ address: String, _ host: String) {
        #expect(Fact.Page.host(of: address) == host)
    }

    @Test(arguments: ["", "https:", "https://", "//a", "ftp://a.example", "android-app://a", "a:b"])
    func findsNoHost(_ address: String) { #expect(Fact.Page.host(of: address) == nil) }
}

import Crypto
import JSON
import Testing
import Time

@testable import ConveyProtocol

/// Writes a sender's text as the edge would.
struct Edge {
    /// Of a site that records everything and says nothing of its country.
    var site = {
        var site = SiteSettingsTests.settings().sites[0]
        (site.recordsLocation, site.country) = (true, nil)
        return site
    }()
    var source = EventSource.server
    var credential = CredentialClass.serverKey
    var receivedAt = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!
    var client = EventContext.Client()
    var sentAt: Timestamp?
    var observer: (any ClientObserver)?

    static let browser: Edge = {
        var edge = Edge()
        edge.source = .browser
        edge.credential = .siteKey
        return edge
    }()

    func write(_ text: String) throws -> (written: WrittenEvent, json: String) {
        var context = EventContext(
            rules: SiteRules(site), source: source, credential: credential, receivedAt: receivedAt)
        context.client = client
        context.sentAt = sentAt
        context.observer = observer
        var writer = EventWriter(random: ValueTests.Zeros())
        var parser = JSONParser(bytesMax: 1_048_576)
        let written = try parser.parse(
            Array(text.utf8).span, orThrow: Edge.fault
        ) { root throws(EventFault) in
            try writer.write(root, context)
        }
        return (written, String(decoding: writer.bytes, as: UTF8.self))
    }

    private static func fault(_ error: JSONError) -> EventFault { EventFault(.invalidJSON) }

    /// What stands behind the members that the collector decides.
    func tail(_ text: String) throws -> String {
        let json = try write(text).json
        let start = try #require(json.firstRange(of: "\"clock_offset_ms\":0"))
        return String(json[start.upperBound...])
    }

    static func read(_ json: String) -> EventReading {
        var check = EventCheck()
        return check.read(Array("{\"seq\":1,\(json.dropFirst())".utf8).span)
    }
}

/// Goal: the edge writes canonical events, cuts, scrubs and corrects by the rules, and what it
/// writes passes the aggregator's check. Method: one sender's text a rule.
@Suite struct EventWriterTests {
    @Test func writesMembersInTheirOrderWhateverTheSenders() throws {
        let (written, json) = try Edge().write(
            #"{"data":{"a":1},"site":"forged","source":"shopify","type":"quiz_done","id":"e-1"}"#)
        #expect(
            json == #"{"id":"e-1","type":"quiz_done","site":"\#(SiteSettingsTests.siteID)","#
                + #""source":"server","class":"server_key","occurred_at":"2026-03-01T12:00:00.000Z","#
                + #""received_at":"2026-03-01T12:00:00.000Z","clock_offset_ms":0,"data":{"a":1}}"#)
        #expect(written.lane == .conversion)
        #expect(!written.isIDGenerated)
        guard case .sound(let head) = Edge.read(json) else {
            Issue.record("not sound")
            return
        }
        #expect(head.id.description == "e-1")
        #expect(head.type == "quiz_done")
        #expect(head.site == SiteSettingsTests.siteID)
        #expect(head.source == .server)
        #expect(head.credential == .serverKey)
    }

    @Test(arguments: [
        // money
        (
            #""value":{"amount":"12.5","currency":"eur"}"#,
            #""value":{"amount":"12.50","currency":"EUR"}"#
        ),
        (#""value":{"amount":19.99}"#, #""value":{"amount":"19.99","currency":"EUR"}"#),
        (#""value":{"amount":7,"currency":"JPY"}"#, #""value":{"amount":"7","currency":"JPY"}"#),
        // items
        (
            #""items":[{"id":42,"price":"3.10","quantity":"2","brand":"X","nested":{}}]"#,
            #""items":[{"id":"42","quantity":2,"price":"3.1","brand":"X"}],"truncated":["/items/0/*"]"#
        ),
        // orders
        (##""order":{"name":"#1042","id":1042}"##, #""order":{"id":"1042","name":"1042"}"#),
        (###""order":{"name":"##1042","id":"#"}"###, #""order":{"id":"","name":"1042"}"#),
        // nothing said
        (#""user":{},"page":{"url":""},"visitor":null,"items":[]"#, ""),
        // control characters
        (#""visitor":"a\u0000b\u007fc""#, #""visitor":"abc""#),
        // URLs
        (
            #""page":{"url":"https://u:p@a.example/x?token=t&q=1&EMAIL=a#code=9"}"#,
            #""page":{"url":"https://a.example/x?token=&q=1&EMAIL=#code="}"#
        ),
        (
            #""page":{"url":"https://a.example/x?q=jo%40b.example","title":"Hi"}"#,
            #""page":{"url":"https://a.example/x?q=[email]","title":"Hi"}"#
        ),
        // unknown members
        (#""foo":"mail jo@b.example!","data":{"x":1}"#, #""data":{"x":1,"foo":"mail [email]!"}"#),
        (#""data":{"foo":1},"foo":2"#, #""data":{"foo":1}"#),
        (#""data":{"jo@b.example":1}"#, #""data":{"[email-1]":1}"#),
        (
            #""data":{"jo@b.example":1,"[email-1]":2,"a":{"x@y.example":3}},"jo@c.example":4"#,
            #""data":{"[email-1]":1,"[email-2]":2,"a":{"[email-1]":3},"[email-3]":4}"#
        ),
        // clicks
        (
            #""click":{"gclid":"short","fbclid":"IwAR0123456789abcdefgh","twclid":"x"}"#,
            #""click":{"fbclid":"IwAR0123456789abcdefgh"},"data":{"invalid_click_ids":{"gclid":"short"}},"truncated":["/click/*"]"#
        ),
        (
            #""click":{"fbp":"fb.1.1700000000000.123456789","fbc":"fb.1.1700000000000.AbC-_"}"#,
            #""click":{"fbc":"fb.1.1700000000000.AbC-_","fbp":"fb.1.1700000000000.123456789"}"#
        ),
        // consent
        (
            #""consent":{"analytics":true,"ad_user_data":"denied"}"#,
            #""consent":{"analytics":"granted","ad_user_data":"denied","ad_personalization":"unknown"}"#
        ),
        // addresses
        (
            #""client":{"ip":"203.0.113.9","user_agent":"UA"}"#,
            #""client":{"ip":"203.0.113.0","user_agent":"UA"}"#
        ),
        (#""client":{"ip":"2001:db8:1:2::9"}"#, #""client":{"ip":"2001:db8:1::"}"#),
        (#""client":{"ip":"::ffff:203.0.113.9"}"#, #""client":{"ip":"203.0.113.0"}"#),
    ])
    func writes(_ sent: String, _ expected: String) throws {
        let tail = try Edge().tail(#"{"id":"e","type":"t",\#(sent)}"#)
        #expect(tail == (expected.isEmpty ? "}" : ",\(expected)}"))
        let json = try Edge().write(#"{"id":"e","type":"t",\#(sent)}"#).json
        if case .faulty(let fault, _, _) = Edge.read(json) { Issue.record("\(fault)") }
    }

    @Test(arguments: [
        (#"[]"#, EventFault(.wrongType)),
        (#"{"id":"e"}"#, EventFault(.missingMember, at: "/type")),
        (#"{"type":"Order Completed"}"#, EventFault(.invalidValue, at: "/type")),
        (#"{"type":5}"#, EventFault(.wrongType, at: "/type")),
        (#"{"type":"t","id":"a b"}"#, EventFault(.invalidValue, at: "/id")),
        (#"{"type":"t","id":{}}"#, EventFault(.wrongType, at: "/id")),
        (#"{"type":"t","occurred_at":"yesterday"}"#, EventFault(.invalidValue, at: "/occurred_at")),
        (
            #"{"type":"t","value":{"amount":"1,234.50"}}"#,
            EventFault(.invalidValue, at: "/value/amount")
        ),
        (#"{"type":"t","value":{"amount":1e30}}"#, EventFault(.invalidValue, at: "/value/amount")),
        (
            #"{"type":"t","value":{"currency":"EUR"}}"#,
            EventFault(.missingMember, at: "/value/amount")
        ),
        (
            #"{"type":"t","value":{"amount":"1","currency":"EURO"}}"#,
            EventFault(.invalidValue, at: "/value/currency")
        ),
        (
            #"{"type":"t","items":[{"id":"a"},{"quantity":-1}]}"#,
            EventFault(.invalidValue, at: "/items/1/quantity")
        ),
        (#"{"type":"t","items":{}}"#, EventFault(.wrongType, at: "/items")),
        (#"{"type":"t","page":"x"}"#, EventFault(.wrongType, at: "/page")),
        (#"{"type":"t","page":{"url":5}}"#, EventFault(.wrongType, at: "/page/url")),
        (
            #"{"type":"t","consent":{"analytics":"yes"}}"#,
            EventFault(.invalidValue, at: "/consent/analytics")
        ),
        (#"{"type":"t","user":{"email":[]}}"#, EventFault(.wrongType, at: "/user/email")),
        (#"{"type":"t","data":[]}"#, EventFault(.wrongType, at: "/data")),
        (#"{"type":"t","data":{"a":[[[[[[[[1]]]]]]]]}}"#, EventFault(.tooDeep, at: "/data")),
    ])
    func refuses(_ text: String, _ fault: EventFault) {
        #expect(throws: fault) { try Edge().write(text) }
    }

    @Test func nestsEightLevelsOfData() throws {
        let text = #"{"type":"t","id":"e","data":{"a":[[[[[[[1]]]]]]]}}"#
        let json = try Edge().write(text).json
        #expect(json.hasSuffix(#""data":{"a":[[[[[[[1]]]]]]]}}"#))
        #expect(Edge.read(json) != .faulty(EventFault(.tooDeep, at: "/data"), id: nil, site: nil))
    }

    @Test func cutsBetweenCharactersAndSaysSo() throws {
        let long = String(repeating: "a", count: 127) + "é"
        let tail = try Edge().tail(#"{"id":"e","type":"t","visitor":"\#(long)"}"#)
        let kept = String(repeating: "a", count: 127)
        #expect(tail == #","visitor":"\#(kept)","truncated":["/visitor"]}"#)
    }

    @Test func cutsItemsAndListsAtMostThirtyTwoCuts() throws {
        let item = #"{"id":"\#(String(repeating: "x", count: 200))"}"#
        let items = [String](repeating: item, count: 40).joined(separator: ",")
        let (written, json) = try Edge().write(#"{"id":"e","type":"t","items":[\#(items)]}"#)
        #expect(written.isTruncated)
        #expect(json.hasSuffix(#""/items/31/id","…"]}"#))
        let many = [String](repeating: "{}", count: 501).joined(separator: ",")
        #expect(
            try Edge().tail(#"{"id":"e","type":"t","items":[\#(many)]}"#)
                .hasSuffix(#"{}],"truncated":["/items"]}"#))
    }

    @Test func refusesWhatIsTooLargeAltogether() throws {
        let text = String(repeating: "x", count: 8000)
        let four = (0..<4).map { #""d\#($0)":"\#(text)""# }.joined(separator: ",")
        #expect(throws: Never.self) { try Edge().write(#"{"id":"e","type":"t",\#(four)}"#) }
        #expect(throws: EventFault(.tooLarge, at: "/data")) {
            try Edge().write(#"{"id":"e","type":"t",\#(four),"e":"\#(text)"}"#)
        }
        let item = #"{"title":"\#(String(repeating: "x", count: 500))"}"#
        let items = [String](repeating: item, count: 200).joined(separator: ",")
        #expect(throws: EventFault(.tooLarge)) {
            try Edge().write(#"{"id":"e","type":"t","items":[\#(items)]}"#)
        }
    }

    @Test func makesAnIDOnlyWhenNobodyGaveOne() throws {
        let (written, json) = try Edge().write(#"{"type":"t"}"#)
        #expect(written.isIDGenerated)
        #expect(json.contains(#""flags":["generated_id"]"#))
        #expect(SiteID(written.id.description) != nil)
    }
}

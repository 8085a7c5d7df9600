import Testing

@testable import ConveyProtocol

/// Goal: the visitor's device is written as the edge derived it, and nobody marks a bot but the edge.
/// Method: one event of each kind of sender, with an observer that always says the same.
@Suite struct ClientTests {
    private struct Observer: ClientObserver {
        let facts: ClientFacts

        func facts(address: String?, userAgent: String?) -> ClientFacts {
            var facts = facts
            facts.city = address
            return facts
        }
    }

    private static var berlin: ClientFacts {
        var facts = ClientFacts()
        (facts.country, facts.city) = ("DE", "Berlin")
        (facts.device, facts.browser, facts.system) = (.mobile, "Safari", "iOS")
        return facts
    }

    private static let derived =
        #""country":"DE","city":"Berlin","device":"mobile","browser":"Safari","os":"iOS""#

    private func browser(_ facts: ClientFacts, _ change: (inout Edge) -> Void = { _ in }) -> Edge {
        var edge = Edge.browser
        edge.client.address = "203.0.113.9"
        edge.client.facts = facts
        change(&edge)
        return edge
    }

    private func server(
        _ facts: ClientFacts, as source: EventSource = .server
    ) -> Edge {
        var edge = Edge()
        edge.source = source
        edge.observer = Observer(facts: facts)
        return edge
    }

    @Test func writesWhatTheRequestTells() throws {
        let tail = try browser(Self.berlin).tail(
            #"{"id":"e","type":"t","client":{"country":"FR","device":"tv","screen":"1x1"}}"#)
        #expect(tail == #","client":{"ip":"203.0.113.0","screen":"1x1",\#(Self.derived)}}"#)
    }

    @Test func aLinksRequestIsTheVisitorsToo() throws {
        let edge = browser(Self.berlin) { $0.source = .link }
        #expect(try edge.tail(#"{"id":"e","type":"t"}"#).contains(Self.derived))
    }

    @Test func aSiteMayRecordNoneOfIt() throws {
        let own = browser(Self.berlin) { $0.site.recordsLocation = false }
        #expect(try own.tail(#"{"id":"e","type":"t"}"#) == #","client":{"ip":"203.0.113.0"}}"#)
        var stated = server(Self.berlin)
        stated.site.recordsLocation = false
        #expect(
            try stated.tail(#"{"id":"e","type":"t","client":{"country":"FR","screen":"1x1"}}"#)
                == #","client":{"screen":"1x1"}}"#)
    }

    @Test func derivesFromTheWholeAddressThatAServerStates() throws {
        let tail = try server(Self.berlin).tail(
            #"{"id":"e","type":"t","client":{"ip":"203.0.113.9"}}"#)
        #expect(
            tail == #","client":{"ip":"203.0.113.0","country":"DE","city":"203.0.113.9","#
                + #""device":"mobile","browser":"Safari","os":"iOS"}}"#)
    }

    @Test func aServerMayKnowBetter() throws {
        let tail = try server(Self.berlin).tail(
            #"{"id":"e","type":"t","client":{"user_agent":"x","country":"FR","device":"tv"}}"#)
        #expect(tail.contains(#""country":"FR","device":"tv","browser":"Safari""#))
    }

    @Test func leavesOutAStatedFactOfAnotherForm() throws {
        let tail = try server(ClientFacts()).tail(
            #"{"id":"e","type":"t","client":{"user_agent":"x","country":"France","device":7}}"#)
        #expect(
            tail
                == #","client":{"user_agent":"x"},"truncated":["/client/country","/client/device"]}"#
        )
    }

    @Test func marksBotsAndPrefetchesWhateverTheSiteRecords() throws {
        var facts = ClientFacts()
        facts.isBot = true
        var edge = browser(facts) { $0.client.isPrefetch = true }
        edge.site.recordsLocation = false
        let tail = try edge.tail(#"{"id":"e","type":"t","flags":["generated_id"]}"#)
        #expect(tail.hasSuffix(#","flags":["bot","prefetch"]}"#))
        #expect(
            !(try browser(ClientFacts()).tail(#"{"id":"e","type":"t","flags":["bot"]}"#)
                .contains("flags")))
    }

    @Test(arguments: [(EventSource.server, true), (.shopify, false), (.woocommerce, false)])
    func anOrderOfAPlatformIsNoBots(_ source: EventSource, _ isMarked: Bool) throws {
        var facts = ClientFacts()
        (facts.isBot, facts.device) = (true, .bot)
        let tail = try server(facts, as: source).tail(
            #"{"id":"e","type":"t","client":{"user_agent":"x"}}"#)
        #expect(tail.contains(#""device":"bot""#))
        #expect(tail.contains(#""flags":["bot"]"#) == isMarked)
    }
}

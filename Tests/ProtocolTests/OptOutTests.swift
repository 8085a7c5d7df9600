import Testing

@testable import ConveyProtocol

/// Goal: of a visitor whose browser opts out no advertiser's click id is left, wherever it stood.
/// Method: one event full of them, with and without the signal.
@Suite struct OptOutTests {
    private static let secret = "IwAR0123456789abcdefgh"
    private static let link = "0192f0c1-0000-7000-8000-00000000000b"
    private static let event = """
        {"id":"e","type":"page_view","fbclid":"\(secret)",\
        "page":{"url":"https://acme.example/?a=1&gclid=\(secret)&utm_source=news#x",\
        "path":"/?wbraid=\(secret)",\
        "referrer":"https://go.example/?to=https%3A%2F%2Facme.example%3Fgclid%3D\(secret)%26b%3D1",\
        "twclid":"\(secret)"},"click":{"gclid":"\(secret)","gbraid":"\(secret)","wbraid":"\(secret)",\
        "fbclid":"\(secret)","fbc":"fb.1.1700000000000.\(secret)",\
        "fbp":"fb.1.1700000000000.123456789","msclkid":"0123456789abcdef0123456789abcdef",\
        "ttclid":"\(secret)","ct_campaign_link_id":"\(link)"},"utm":{"source":"news"},\
        "data":{"_fbc":"\(secret)","deep":[{"MSCLKID":"\(secret)"}],"query":"ttclid=\(secret)&c=2"}}
        """

    private func tail(_ change: (inout Edge) -> Void) throws -> String {
        var edge = Edge.browser
        change(&edge)
        return try edge.tail(Self.event)
    }

    private static let kept = """
        ,"page":{"url":"https://acme.example/?a=1&gclid=&utm_source=news#x","path":"/?wbraid=",\
        "referrer":"https://go.example/?to=https%3A%2F%2Facme.example%3Fgclid%3D%26b%3D1"},\
        "click":{"ct_campaign_link_id":"\(link)"},"utm":{"source":"news"},\
        "consent":{"analytics":"ANSWER","ad_user_data":"denied","ad_personalization":"denied"},\
        "data":{"deep":[{}],"query":"ttclid=&c=2"}}
        """

    @Test func globalPrivacyControlLeavesNoClickID() throws {
        let tail = try tail { $0.client.sendsGPC = true }
        #expect(tail == Self.kept.replacing("ANSWER", with: "unknown"))
    }

    @Test func doNotTrackCountsWhereTheSiteHonoursIt() throws {
        let honoured = try tail {
            $0.client.sendsDNT = true
            $0.site.consent.honoursDNT = true
        }
        #expect(honoured == Self.kept.replacing("ANSWER", with: "denied"))
        let ignored = try tail {
            $0.client.sendsDNT = true
            $0.site.consent.honoursDNT = false
        }
        #expect(ignored.contains(#""gclid":"\#(Self.secret)""#) && !ignored.contains("consent"))
    }

    @Test func aSiteMayIgnoreTheSignal() throws {
        let tail = try tail {
            $0.client.sendsGPC = true
            $0.site.consent.honoursGPC = false
        }
        #expect(tail.contains(#""gclid":"\#(Self.secret)""#) && !tail.contains("consent"))
    }

    @Test(arguments: [
        ("gclid=x", "gclid="), ("a=1&GCLID=x&b=2", "a=1&GCLID=&b=2"), ("mygclid=x", nil),
        ("gclid=", nil), ("gclid", nil), ("?fbclid=a=b&c", "?fbclid==b&c"), ("", nil), ("=", nil),
        ("%3D", nil), ("gclid%3dx%23y", "gclid%3d%23y"), ("say gclid=x there", "say gclid= there"),
        ("_fbp=fb.1.2.3; a", "_fbp=; a"), ("dclid%", nil), ("gclid%3D", nil),
    ])
    func cutsValuesOfClickParameters(_ text: String, _ expected: String?) {
        let scrubbed = ClickIDScrubber.scrubbed(text.utf8.span)
        #expect(scrubbed.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func readsNamesThatAreWrittenInEscapes() throws {
        let tail = try Edge().tail(
            #"{"id":"e","type":"t","page":{"url":"https://a.example/?%65Mail=jo&%=1&q=2","#
                + #""path":"/x?token=abc"}}"#)
        #expect(
            tail == #","page":{"url":"https://a.example/?%65Mail=&%=1&q=2","path":"/x?token="}}"#)
    }
}

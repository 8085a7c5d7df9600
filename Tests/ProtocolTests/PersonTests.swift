import Crypto
import Testing
import Time

@testable import ConveyProtocol

/// Goal: personal values leave the edge as the site's privacy setting says. Method: one sender's
/// user under each setting; hashes computed here.
@Suite struct PersonTests {
    static func hash(_ text: String) -> String { SHA256Digest(of: Array(text.utf8)).hex }

    static func edge(_ privacy: SiteSettings.Privacy) -> Edge {
        var edge = Edge()
        edge.site.privacy = privacy
        return edge
    }

    func user(_ text: String, _ privacy: SiteSettings.Privacy = .hash) throws -> String {
        try Self.edge(privacy).tail(#"{"id":"e","type":"t","user":\#(text)}"#)
    }

    @Test func hashesAnAddressBothWays() throws {
        let json = try user(#"{"email":"  Jo.Doe@GMAIL.com "}"#)
        #expect(
            json == #","user":{"email_sha256":"\#(Self.hash("jo.doe@gmail.com"))","#
                + #""email_sha256_google":"\#(Self.hash("jodoe@gmail.com"))"}}"#)
    }

    @Test func dotsCountElsewhere() throws {
        let hash = Self.hash("jo.doe@b.example")
        #expect(
            try user(#"{"email":"Jo.Doe@B.example"}"#)
                == #","user":{"email_sha256":"\#(hash)","email_sha256_google":"\#(hash)"}}"#)
    }

    @Test(arguments: [
        "jo", "jo@", "@b.example", "a@b@c.example", "jo doe@b.example", "jo@localhost", "jo@.b.c",
    ])
    func makesNoHashOfWhatIsNoAddress(_ email: String) throws {
        #expect(try user(#"{"email":"\#(email)"}"#) == #","user":{}}"#)
    }

    @Test(arguments: ["+49 (30) 123-456", "0049 30 123456", "+4930123456"])
    func bringsPhonesToOneForm(_ phone: String) throws {
        #expect(
            try user(#"{"phone":"\#(phone)"}"#)
                == #","user":{"phone_sha256":"\#(Self.hash("+4930123456"))","#
                + #""phone_sha256_digits":"\#(Self.hash("4930123456"))"}}"#)
    }

    @Test(arguments: ["030 123456", "+0301234567", "+49", "+49 30 x", "+1234567890123456"])
    func makesNoHashOfANationalOrBrokenNumber(_ phone: String) throws {
        #expect(try user(#"{"phone":"\#(phone)"}"#) == #","user":{}}"#)
    }

    private func hash(ofPhone phone: String, at country: String?) throws -> String? {
        var edge = Self.edge(.hash)
        edge.site.country = country
        let tail = try edge.tail(#"{"id":"e","type":"t","user":{"phone":"\#(phone)"}}"#)
        return tail.firstMatch(of: /"phone_sha256":"([0-9a-f]{64})"/).map { String($0.1) }
    }

    @Test(arguments: [
        ("030 123456", "DE", "+4930123456"), ("(0171) 123 45 67", "DE", "+491711234567"),
        ("0664/1234567", "AT", "+436641234567"), ("044 668 18 00", "CH", "+41446681800"),
        ("01 23 45 67 89", "FR", "+33123456789"), ("020 7946 0958", "GB", "+442079460958"),
        ("(415) 555-0132", "US", "+14155550132"), ("1-415-555-0132", "CA", "+14155550132"),
        ("011 49 30 123456", "US", "+4930123456"), ("0011 49 30 123456", "AU", "+4930123456"),
        ("06 1234 5678", "IT", "+390612345678"), ("347 123 4567", "IT", "+393471234567"),
        ("612 34 56 78", "ES", "+34612345678"), ("06 30 123 4567", "HU", "+36301234567"),
        ("8 (912) 345-67-89", "RU", "+79123456789"), ("98765 43210", "IN", "+919876543210"),
        ("138 0013 8000", "CN", "+8613800138000"), ("11 96123-4567", "BR", "+5511961234567"),
        ("+49 (0)30 123456", nil, "+4930123456"), ("+44 (0)20 7946 0958", "DE", "+442079460958"),
        ("+39 06 1234 5678", nil, "+390612345678"), ("tel:+49-30-123456", nil, "+4930123456"),
        ("\u{202A}+49\u{A0}30\u{2011}123456\u{202C}", nil, "+4930123456"),
    ])
    func readsANumberAsItsCountryWritesIt(
        _ phone: String, _ country: String?, _ expected: String
    ) throws {
        #expect(try hash(ofPhone: phone, at: country) == Self.hash(expected))
    }

    @Test(arguments: [
        ("030 123456", nil), ("123456", "DE"), ("491711234567", "DE"), ("0171 12", "DE"),
        ("555-0132", "US"), ("+1 123 456 7890", nil), ("+1 415 555 013", nil),
        ("+999 123 456 789", nil), ("0049 30 123456", "AU"), ("030 123456", "AR"),
        ("030 123456 ext 7", "DE"), ("0612345678", "ES"), ("+34 (0)91 123 45 67", nil),
        ("+39 (0)6 1234 5678", nil), ("00", "DE"), ("+", "DE"), ("0", "DE"),
        ("00 11 22 33 44 55 66 77 88", nil),
    ])
    func makesNoHashOfWhatCouldBeTwoNumbers(_ phone: String, _ country: String?) throws {
        #expect(try hash(ofPhone: phone, at: country) == nil)
    }

    @Test func thePersonsCountryCountsBeforeTheSites() throws {
        var edge = Self.edge(.hash)
        edge.site.country = "DE"
        let tail = try edge.tail(
            #"{"id":"e","type":"t","user":{"phone":"0664 1234567","country":"at"}}"#)
        #expect(tail.contains(Self.hash("+436641234567")))
    }

    @Test func everyPlanReadsANumberOfItsOwn() {
        for plan in PhonePlans.plans {
            let first = plan.first.prefix(1)
            let number = first + String(repeating: "5", count: plan.lengths.lowerBound - 1)
            for country in plan.countries {
                #expect(
                    PhoneNumber.digits(of: plan.trunk + number, in: country)
                        == plan.code + number, "\(country)")
            }
            #expect(PhonePlans.code(of: plan.code + number) == plan.code)
        }
    }

    @Test func namesLoseTheirPunctuation() throws {
        let json = try user(#"{"first_name":"Anne-Marie","last_name":" O’Neil,  Jr. "}"#)
        #expect(json.contains(#""first_name_sha256":"\#(Self.hash("annemarie"))""#))
        #expect(json.contains(#""last_name_sha256":"\#(Self.hash("oneil jr"))""#))
        #expect(try user(#"{"first_name":"-"}"#) == #","user":{}}"#)
    }

    @Test func normalizesNamesAndPlaces() throws {
        let json = try user(
            #"{"first_name":" JÖRG ","city":"St. Ives 2","postal_code":"94105-1234","street":"A  1"}"#
        )
        for (name, text) in [
            ("first_name", "jörg"), ("city", "stives"), ("postal_code", "94105"),
            ("street", "a 1"),
        ] {
            #expect(json.contains(#""\#(name)_sha256":"\#(Self.hash(text))""#))
        }
    }

    @Test func keepsTheSendersOwnHash() throws {
        let own = Self.hash("own")
        let json = try user(#"{"email":"jo@b.example","email_sha256":"\#(own)"}"#)
        #expect(json.contains(#""email_sha256":"\#(own)""#))
        #expect(!json.contains(Self.hash("jo@b.example") + #"","email_sha256_google""#))
    }

    @Test func dropsAHashOfAnotherForm() throws {
        #expect(
            try user(#"{"email_sha256":"ABC","external_id":7}"#)
                == #","user":{"external_id":"7"},"truncated":["/user/email_sha256"]}"#)
    }

    @Test func dropLeavesNeitherValueNorHash() throws {
        let own = Self.hash("own")
        #expect(
            try user(
                #"{"email":"jo@b.example","phone_sha256":"\#(own)","country":"de"}"#, .drop)
                == #","user":{"country":"DE"}}"#)
    }

    @Test func keepLeavesBoth() throws {
        let json = try user(#"{"email":"Jo@b.example"}"#, .keep)
        #expect(json.hasSuffix(#","email":"Jo@b.example"}}"#))
        #expect(json.contains("email_sha256"))
        let data = try Self.edge(.keep).tail(#"{"id":"e","type":"t","data":{"m":"jo@b.example"}}"#)
        #expect(data == #","data":{"m":"jo@b.example"}}"#)
    }

    @Test func leavesOutWhatTheSchemaDoesNotName() throws {
        #expect(
            try user(#"{"ssn":"123","external_id":"c-1"}"#)
                == #","user":{"external_id":"c-1"},"truncated":["/user/*"]}"#)
    }

    @Test func anIdentifierThatIsAnAddressBecomesItsHash() throws {
        let hash = Self.hash("jo@b.example")
        let text =
            ##"{"id":"e","type":"t","visitor":" Jo@b.example","order":{"id":"#jo@b.example"},"##
        #expect(
            try Edge().tail(text + #""utm":{"term":"jo@b.example"}}"#)
                == #","visitor":"\#(hash)","utm":{"term":"[email]"},"order":{"id":"\#(hash)"}}"#)
        #expect(
            try Self.edge(.keep).tail(#"{"id":"e","type":"t","visitor":"jo@b.example"}"#)
                == #","visitor":"jo@b.example"}"#)
    }

    @Test(arguments: [
        ("a jo%40b.example", "a [email]"), ("a jo@b.example, x", "a [email], x"),
        ("jo+tag@b.co.uk.", "[email]."),
        ("a@b@c.example", "a@[email]"), ("@handle", nil), ("5 @ 3.50", nil), ("jo@b", nil),
        ("jo@b.example/jo@c.example", "[email]/[email]"), ("", nil), ("@", nil), ("a@.b", nil),
    ])
    func masksAddressesInText(_ text: String, _ expected: String?) {
        let scrubbed = EmailScrubber.scrubbed(text.utf8.span)
        #expect(scrubbed.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test(arguments: [
        ("1.2.3.4", "1.2.3.0"), ("1.2.3", nil), ("1.2.3.256", nil), ("1.2.3.04", nil),
        ("2001:DB8::1", "2001:db8:0::"), ("::1", "0:0:0::"), (":::", nil), ("1::2::3", nil),
        ("1:2:3:4:5:6:7:8", "1:2:3::"), ("1:2:3:4:5:6:7:8:9", nil), ("12345::", nil),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3::"), ("::1.2.3.4.5", nil), ("fe80::1%eth0", nil), ("", nil),
    ])
    func cutsAddresses(_ text: String, _ expected: String?) {
        #expect(ClientAddress.text(text, by: .truncate) == expected)
        #expect(ClientAddress.text(text, by: .drop) == nil)
        if expected != nil { #expect(ClientAddress.text(text, by: .full) == text.lowercased()) }
    }
}

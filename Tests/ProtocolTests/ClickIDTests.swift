import Testing

@testable import ConveyProtocol

/// Goal: a click id is taken exactly as it stood in the address, or not at all. Method: values on both
/// sides of each rule of protocol/event.md, section 4, through the writer.
@Suite struct ClickIDTests {
    private static let whole = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY"

    /// What stands behind the head of an event with this gclid.
    private func tail(_ name: String, _ value: String) throws -> String {
        try Edge().tail(#"{"id":"e","type":"t","click":{"\#(name)":"\#(value)"}}"#)
    }

    private func take(_ name: String, _ value: String, as taken: String) throws -> Bool {
        try tail(name, value) == #","click":{"\#(name)":"\#(taken)"}}"#
    }

    private func refuse(_ name: String, _ value: String) throws -> Bool {
        try tail(name, value) == #","data":{"invalid_click_ids":{"\#(name)":"\#(value)"}}}"#
    }

    @Test(arguments: [
        whole, "abcdefghijABCDEFGHIJ", "_-_-_-_-_-_-_-_-_-_-", "test1234567890123456",
        String(repeating: "x", count: 512), "TeStEr-12345678901234567890",
    ])
    func takesWhatCanBeOne(_ value: String) throws {
        for name in ["gclid", "gbraid", "wbraid", "fbclid", "ttclid"] {
            #expect(try take(name, value, as: value), "\(name)")
        }
    }

    @Test(arguments: [
        // Stumps, and what is too long.
        "CjwK", "abcdefghijABCDEFGHI", String(repeating: "x", count: 513),
        // Macros that nobody filled in, and what programs write for nothing.
        "{gclid}", "[gclid]", "%%CLICK_URL%%", "%%CLICK_URL_UNESC%%AAAAAAAAAA", "undefined", "null",
        "test", "{lpurl}_and_more_letters", "TeSter-123",
        "TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        // Damage.
        "EAIaIQobChMI p5ex0eT3kAMVk1", "EAIaIQobChMI+p5ex0eT3kAMVk1", "EAIaIQobChMI/p5ex0eT3kAMV=",
        "<EAIaIQobChMIp5ex0eT3kAMVk1>", "EAIaIQobChMIp5ex0éT3kAMVk1",
        "EAIaIQobChMIp5ex0eT3kAMVk1%2", "EAIaIQobChMIp5ex0eT3kAMVk1%zz",
        "EAIaIQobChMIp5ex0eT3kAMVk1%2B", "EAIaIQobChMIp5ex0eT3kAMVk1%252D",
    ])
    func keepsTheRestAside(_ value: String) throws {
        for name in ["gclid", "gbraid", "wbraid", "fbclid"] {
            #expect(try refuse(name, String(value.prefix(512))) || value.count > 512, "\(name)")
        }
        #expect(try !take("gclid", value, as: value))
    }

    @Test func decodesWhatWasEncodedTwice() throws {
        #expect(
            try take("gclid", "EAIaIQobChMI%5Fp5ex0eT3k%2dAMV", as: "EAIaIQobChMI_p5ex0eT3k-AMV"))
        #expect(try take("gclid", "%43%6awK1234567890123456", as: "CjwK1234567890123456"))
        #expect(
            try take(
                "fbp", "fb%2E1%2E1700000000000%2E123456789", as: "fb.1.1700000000000.123456789"))
        let uuid = "0192f0c1-2a00-7abc-8def-0123456789ab"
        #expect(try take("ct_tracking_id", uuid.replacing("-", with: "%2D"), as: uuid))
    }

    @Test func holdsEachKindToItsOwnForm() throws {
        let hex = "0123456789abcdefABCDEF0123456789"
        #expect(try take("msclkid", hex, as: hex))
        #expect(try refuse("msclkid", hex + "0"))
        #expect(try refuse("msclkid", Self.whole))
        #expect(try take("ttclid", "E.C.P." + Self.whole, as: "E.C.P." + Self.whole))
        #expect(try refuse("gclid", "E.C.P." + Self.whole))
        #expect(try refuse("ct_tracking_id", Self.whole))
        #expect(try refuse("fbp", "fb.1.1700000000000.abc"))
        #expect(ClickIDForm(of: "twclid") == nil)
    }
}

/// Goal: what is one thing has one name, and what joins a browser to a person ships before plain
/// views. Method: events through the writer.
@Suite struct CanonicalNameTests {
    @Test(arguments: [
        ("#1042", "1042"), ("##1042", "1042"), ("  # 1042  ", "1042"), ("1042", "1042"),
        ("A-1042#2", "A-1042#2"), ("gid://shopify/Order/6123456789012", "6123456789012"),
        ("gid://shopify/OrderIdentity/7?key=x", "7"),
        ("gid://shopify/Order/", "gid://shopify/Order/"),
        ("gid://shopify/Order/12a", "gid://shopify/Order/12a"),
        ("gid://other/Order/7", "gid://other/Order/7"),
    ])
    func spellsAnOrderInOneWay(_ text: String, _ canonical: String) throws {
        let tail = try Edge().tail(
            #"{"id":"e","type":"t","order":{"id":"\#(text)","name":"\#(text)"}}"#)
        #expect(tail == #","order":{"id":"\#(canonical)","name":"\#(canonical)"}}"#)
    }

    @Test func writesShopifysGlobalIDsAsNumbers() throws {
        let tail = try Edge().tail(
            #"{"id":"e","type":"t","order":{"customer_id":"gid://shopify/Customer/5"},"#
                + #""items":[{"id":"gid://shopify/Product/1","variant":"gid://shopify/ProductVariant/2"}]}"#
        )
        #expect(tail == #","order":{"customer_id":"5"},"items":[{"id":"1","variant":"2"}]}"#)
    }

    @Test(arguments: [
        (#""visitor":"v","user":{"external_id":"7"}"#, Lane.interaction),
        (#""visitor":"v","user":{"email":"ann@example.com"}"#, .interaction),
        (
            #""visitor":"v","user":{"phone_sha256":"\#(String(repeating: "a", count: 64))"}"#,
            .interaction
        ),
        (#""visitor":"v","user":{"country":"DE","email":""}"#, .pageview),
        (#""user":{"external_id":"7"}"#, .pageview), (#""visitor":"v""#, .pageview),
    ])
    func anIdentityLinkShipsAsAnInteraction(_ members: String, _ lane: Lane) throws {
        #expect(
            try Edge().write(#"{"id":"e","type":"page_view",\#(members)}"#).written.lane == lane)
    }
}

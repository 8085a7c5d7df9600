import ConveyProtocol
import Testing

@testable import Destinations

/// Goal: no upload spoils a batch. Method: one fault at a time in an upload that is fine.
@Suite struct PreflightTests {
    static let hash = String(repeating: "0a", count: 32)

    private func code(_ change: (inout PlatformUpload) -> Void) -> String? {
        var upload = EventBodyTests.upload()
        change(&upload)
        return EventPreflight.code(of: upload)
    }

    @Test func passesWhatIsFine() {
        #expect(code { _ in } == nil)
        #expect(code { $0.value = Money(micros: 0, currency: EventBodyTests.eur) } == nil)
        #expect(
            code {
                $0.click = nil
                $0.user = PlatformUser(emailSHA256: Self.hash)
            } == nil)
        #expect(
            code { $0.click = PlatformClick(.gclid, String(repeating: "a", count: 1024)) } == nil)
    }

    @Test func findsEachFault() {
        #expect(code { $0.transactionID = "" } == "REQUIRED_FIELD_MISSING")
        #expect(
            code { $0.transactionID = String(repeating: "1", count: 513) } == "FIELD_VALUE_TOO_LONG"
        )
        #expect(
            code { $0.value = Money(micros: -1, currency: EventBodyTests.eur) }
                == "INVALID_NUMBER_FORMAT")
        #expect(code { $0.click = nil } == "NO_IDENTIFIERS_PROVIDED")
        #expect(
            code {
                $0.click = nil
                $0.user = PlatformUser()
            } == "NO_IDENTIFIERS_PROVIDED")
        #expect(
            code { $0.consent.adUserData = .denied } == "PROCESSING_ERROR_REASON_DENIED_CONSENT")
    }

    @Test(arguments: ["", "a b", "a%20", "é", String(repeating: "a", count: 1025)])
    func findsBrokenClicks(value: String) {
        #expect(
            code { $0.click = PlatformClick(.wbraid, value) }
                == "PROCESSING_ERROR_REASON_INVALID_WBRAID")
    }

    @Test(arguments: [
        "", "0A", hash.uppercased(), hash + "0", String(hash.dropLast()) + "g",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ])
    func findsBrokenHashes(value: String) {
        let users = [
            PlatformUser(emailSHA256: value), PlatformUser(phoneSHA256: value),
            PlatformUser(
                address: .init(
                    firstNameSHA256: Self.hash, lastNameSHA256: value, country: "DE",
                    postalCode: "1")),
        ]
        for user in users { #expect(code { $0.user = user } == "INVALID_SHA256_FORMAT") }
    }

    @Test(arguments: [
        ("de", "1", "INVALID_REGION_CODE"), ("DEU", "1", "INVALID_REGION_CODE"),
        ("DE", "", "INVALID_POSTAL_CODE"),
        ("DE", String(repeating: "1", count: 33), "INVALID_POSTAL_CODE"),
    ])
    func findsBrokenAddresses(country: String, postalCode: String, expected: String) {
        let user = PlatformUser(
            address: .init(
                firstNameSHA256: Self.hash, lastNameSHA256: Self.hash, country: country,
                postalCode: postalCode))
        #expect(code { $0.user = user } == expected)
    }
}

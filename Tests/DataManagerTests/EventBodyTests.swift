import ConveyProtocol
import Testing
import Time

@testable import Destinations

/// Goal: Google gets exactly what is known, under its own names. Method: whole bodies, written out.
@Suite struct EventBodyTests {
    static let address = DestinationAddress(
        operatingAccount: "1234567890", loginAccount: "9000000001", conversionAction: "987654321")

    static func upload(
        _ id: String = "S1.1001", micros: Int64 = 404_950_000, currency: String = "USD"
    ) -> PlatformUpload {
        var upload = PlatformUpload(
            id, at: Timestamp("2026-11-18T14:03:22.120-05:00") ?? .earliest,
            value: Money(micros: micros, currency: Currency(currency) ?? eur))
        upload.click = PlatformClick(.gclid, "EAIaIQobChMIsample")
        return upload
    }

    static let eur = { () -> Currency in
        guard let eur = Currency("EUR") else { preconditionFailure() }
        return eur
    }()

    private func body(_ upload: PlatformUpload, validateOnly: Bool = false) -> String {
        let batch = PlatformBatch(to: Self.address, [upload], validateOnly: validateOnly)
        return String(decoding: EventBody.bytes(batch), as: UTF8.self)
    }

    @Test func writesOneClickConversion() {
        #expect(
            body(Self.upload())
                == #"{"destinations":[{"operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"#
                + #""loginAccount":{"accountType":"GOOGLE_ADS","accountId":"9000000001"},"#
                + #""productDestinationId":"987654321"}],"events":[{"transactionId":"S1.1001","#
                + #""eventTimestamp":"2026-11-18T19:03:22.120Z","eventSource":"WEB","#
                + #""adIdentifiers":{"gclid":"EAIaIQobChMIsample"},"conversionValue":404.95,"currency":"USD"}]}"#
        )
    }

    @Test func writesHashesConsentAndBrowser() {
        var upload = Self.upload()
        let hash = String(repeating: "0a", count: 32)
        upload.consent = Consent(
            analytics: .denied, adUserData: .granted, adPersonalization: .denied)
        upload.user = PlatformUser(
            emailSHA256: hash, phoneSHA256: hash,
            address: .init(
                firstNameSHA256: hash, lastNameSHA256: hash, country: "DE", postalCode: "10115"))
        upload.userAgent = "Mozilla/5.0"
        let text = body(upload, validateOnly: true)
        #expect(text.contains(#""encoding":"HEX","validateOnly":true,"events""#))
        #expect(
            text.contains(
                #""consent":{"adUserData":"CONSENT_GRANTED","adPersonalization":"CONSENT_DENIED"}"#)
        )
        #expect(
            text.contains(
                #"{"userIdentifiers":[{"emailAddress":"\#(hash)"},{"phoneNumber":"\#(hash)"},{"address":"#
                    + #"{"givenName":"\#(hash)","familyName":"\#(hash)","regionCode":"DE","postalCode":"10115"}}]}"#
            ))
        #expect(text.contains(#""eventDeviceInfo":{"userAgent":"Mozilla/5.0"}"#))
    }

    @Test func unknownConsentIsLeftOut() {
        var upload = Self.upload()
        #expect(!body(upload).contains("onsent"))
        upload.consent.adPersonalization = .granted
        #expect(body(upload).contains(#""consent":{"adPersonalization":"CONSENT_GRANTED"}"#))
    }

    @Test(arguments: [
        (PlatformClick.Kind.gclid, "gclid"), (.gbraid, "gbraid"), (.wbraid, "wbraid"),
    ])
    func namesTheOneClickID(kind: PlatformClick.Kind, name: String) {
        var upload = Self.upload()
        upload.click = PlatformClick(kind, "x1")
        #expect(body(upload).contains(#""adIdentifiers":{"\#(name)":"x1"}"#))
    }

    @Test(
        arguments: [
            (0, "EUR", "0"), (1, "EUR", "0.000001"), (10_000, "EUR", "0.01"),
            (5_000_000, "JPY", "5"),
            (1_234_000, "KWD", "1.234"), (999_999_999_999_990_000, "EUR", "999999999999.99"),
            (100_000, "EUR", "0.1"), (16_777_217_010_000, "EUR", "16777217.01"),
        ] as [(Int64, String, String)])
    func writesMoneyByItsDigits(micros: Int64, currency: String, digits: String) {
        let text = body(Self.upload(micros: micros, currency: currency))
        #expect(text.contains(#""conversionValue":\#(digits),"currency":"\#(currency)""#))
    }

    @Test func leavesOutABrowserWithoutEnd() {
        var upload = Self.upload()
        upload.userAgent = String(repeating: "a", count: EventBody.userAgentBytesMax + 1)
        #expect(!body(upload).contains("userAgent"))
    }

    @Test func escapesWhatShopsWrite() {
        #expect(body(Self.upload("S1.\"\\\u{1}é")).contains(#""transactionId":"S1.\"\\\u0001é""#))
    }
}

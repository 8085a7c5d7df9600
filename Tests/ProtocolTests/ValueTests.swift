import Crypto
import Testing
import Time

@testable import ConveyProtocol

/// Goal: ids, amounts and currencies take exactly their written form. Method: examples on both
/// sides of each rule.
@Suite struct ValueTests {
    struct Zeros: RandomSource {
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFF, count: count) }
    }

    @Test func makesUUIDsThatSortByAge() {
        let early = SiteID(at: Timestamp(unixSeconds: 1), random: Zeros())
        let late = SiteID(at: Timestamp(unixSeconds: 2), random: Zeros())
        #expect(early.description == "00000000-03e8-7fff-bfff-ffffffffffff")
        #expect(early < late)
        #expect(SiteID(bytes: late.bytes) == late)
        #expect(SiteID(late.description) == late)
    }

    @Test(arguments: [
        "", "0192f0c1-2a00-7abc-8def-0123456789a", "0192F0C1-2a00-7abc-8def-0123456789ab",
        "0192f0c12a00-7abc-8def-0123456789ab--", "0192f0c1-2a00-7abc-8def-0123456789ag",
        "{0192f0c1-2a00-7abc-8def-0123456789ab}",
    ])
    func refusesOtherFormsOfUUIDs(_ text: String) { #expect(SiteID(text) == nil) }

    @Test(arguments: ["a", "order:1042", "A-Z_0.9:", String(repeating: "x", count: 128)])
    func takesAndPacksEventIDs(_ text: String) throws {
        let id = try #require(EventID(text))
        #expect(EventID(packed: id.packed) == id)
    }

    @Test(arguments: ["", " a", "a/b", "é", "a\u{0}", String(repeating: "x", count: 129)])
    func refusesWhatIsNoEventID(_ text: String) { #expect(EventID(text) == nil) }

    @Test func noTwoIdsShareAPackedForm() throws {
        let uuid = try #require(EventID("61616161-6161-6161-6161-616161616161"))
        let text = try #require(EventID("aaaaaaaaaaaaaaaa"))
        #expect(uuid.packed == [UInt8](repeating: 0x61, count: 16))
        #expect(text.packed != uuid.packed)
        #expect(EventID(packed: text.packed) == text)
    }

    @Test(arguments: [
        ("0", 0), ("1", 1_000_000), ("12.5", 12_500_000), ("-3.000001", -3_000_001),
        ("007.10", 7_100_000), ("999999999999.999999", 999_999_999_999_999_999),
    ])
    func readsAmounts(_ text: String, _ micros: Int64) {
        #expect(DecimalAmount(text)?.micros == micros)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "+1", "1,5", "1,234.50", "1 000", "1e3", " 1", "1 ", "1.2345678",
        "1000000000000", "--1", "1.2.3", "NaN", "١",
    ])
    func refusesWhatIsNoAmount(_ text: String) { #expect(DecimalAmount(text) == nil) }

    @Test(arguments: [
        ("EUR", 12_500_000, "12.50"), ("JPY", 7_000_000, "7"), ("KWD", 125_000, "0.125"),
        ("EUR", -1, "-0.000001"), ("EUR", 999_999_999_999_999_999, "999999999999.999999"),
    ])
    func writesAmounts(_ code: String, _ micros: Int64, _ text: String) throws {
        let currency = try #require(Currency(code))
        #expect(Money(micros: micros, currency: currency).amount == text)
        #expect(DecimalAmount(text)?.micros == micros)
    }

    @Test func knowsTheSmallestUnits() throws {
        #expect(try #require(Currency("eur")).description == "EUR")
        #expect(try #require(Currency("EUR")).minorUnitMicros == 10_000)
        #expect(try #require(Currency("JPY")).minorUnitMicros == 1_000_000)
        #expect(try #require(Currency("KWD")).minorUnitMicros == 1000)
        for text in ["", "EU", "EURO", "E R", "€€€", "12A"] { #expect(Currency(text) == nil) }
    }

    @Test func theStricterConsentWins() {
        #expect(Consent.State.granted.strictest(.unknown) == .unknown)
        #expect(Consent.State.granted.strictest(.denied) == .denied)
        #expect(Consent.State.unknown.strictest(.denied) == .denied)
        #expect(Consent.State.granted.strictest(.granted) == .granted)
    }

    @Test func lanesAndSourcesKeepTheirNumbers() {
        for lane in Lane.allCases { #expect(Lane(number: lane.number) == lane) }
        for source in EventSource.allCases { #expect(EventSource(number: source.number) == source) }
        for kind in CredentialClass.allCases {
            #expect(CredentialClass(number: kind.number) == kind)
        }
        #expect(Lane(number: 3) == nil)
    }
}

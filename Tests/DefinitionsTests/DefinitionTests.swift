import ConveyProtocol
import Definitions
import Testing

/// Goal: the system's purchase fits orders on every site, worth what a bill can show. Method: amounts
/// around the halves of each kind of currency.
@Suite struct DefinitionTests {
    static func money(_ micros: Int64, _ currency: String) throws -> Money {
        Money(micros: micros, currency: try #require(Currency(currency)))
    }

    @Test func everySiteCountsPurchases() throws {
        let assignments = Assignments.of(site: 7)
        #expect(assignments.map(\.key) == ["purchase"])
        #expect(assignments.map(\.site) == [7])
        let value = try Self.money(404_950_000, "USD")
        #expect(
            assignments[0].match(Subject(type: "purchase", value: value)) == .matched(value: value))
        #expect(assignments[0].match(Subject(type: "sign_up", value: value)) == .refused(.type))
    }

    @Test(
        arguments: [
            (10_004_999, "EUR", 10_000_000), (10_005_000, "EUR", 10_010_000),
            (-10_005_000, "EUR", -10_010_000), (1_499_999, "JPY", 1_000_000),
            (1_500_000, "JPY", 2_000_000), (12_345_499, "KWD", 12_345_000),
            (12_345_500, "KWD", 12_346_000), (0, "USD", 0),
            (Int64.max, "JPY", Int64.max / 1_000_000 * 1_000_000),
            (Int64.min, "EUR", Int64.min / 10_000 * 10_000),
        ] as [(Int64, String, Int64)])
    func roundsHalvesAwayFromZero(_ micros: Int64, _ currency: String, _ rounded: Int64) throws {
        #expect(
            try Self.money(micros, currency).roundedToMinorUnit == Self.money(rounded, currency))
    }
}

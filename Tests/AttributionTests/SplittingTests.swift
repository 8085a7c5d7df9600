import ConveyProtocol
import TestSupport
import Testing

@testable import Attribution

/// Goal: parts sum exactly to the whole, in whole minor units, with the larger remainder served first.
/// Method: cases worked out by hand, then random ones against exact fractions.
@Suite struct SplittingTests {
    private func split(_ micros: Int64, _ currency: String, _ weights: [UInt64]) -> [Int64] {
        var parts: [Int64] = [99]
        var remainder = LargestRemainder()
        let unit = Currency(currency)!.minorUnitMicros
        remainder.split(micros, unit: unit, by: weights, into: &parts)
        return parts
    }

    @Test func tenEurosInThreeGiveTheCentToTheFirst() {
        #expect(split(10_000_000, "EUR", [1, 1, 1]) == [3_340_000, 3_330_000, 3_330_000])
    }

    @Test func twoCentsLeftGoToTheFirstTwo() {
        #expect(split(20_000_000, "EUR", [1, 1, 1]) == [6_670_000, 6_670_000, 6_660_000])
    }

    @Test func theLargerRemainderComesFirst() {
        // 0.40, 0.25, 0.35 of 1.01: quotas 0.404, 0.2525, 0.3535.
        #expect(split(1_010_000, "EUR", [40, 25, 35]) == [410_000, 250_000, 350_000])
        // 0.2, 0.2, 0.6 of 1.01: quotas 0.202, 0.202, 0.606.
        #expect(split(1_010_000, "EUR", [1, 1, 3]) == [200_000, 200_000, 610_000])
    }

    @Test func yenStayWhole() {
        #expect(split(100_000_000, "JPY", [1, 1, 1]) == [34_000_000, 33_000_000, 33_000_000])
        #expect(split(1_000_000, "JPY", [1, 1]) == [1_000_000, 0])
    }

    @Test func dinarsHaveThreeDigits() {
        #expect(split(1_000_000, "KWD", [1, 1, 1]) == [334_000, 333_000, 333_000])
    }

    @Test func whatIsLessThanACentIsOneLastPiece() {
        // 1.005 EUR in two: quotas 0.5025; one piece of half a cent is left.
        #expect(split(1_005_000, "EUR", [1, 1]) == [505_000, 500_000])
        // 0.025 EUR in two: quotas 0.0125; a cent is not left, half a cent is.
        #expect(split(25_000, "EUR", [1, 1]) == [15_000, 10_000])
        // 0.035 in two: quotas 0.0175; a whole cent to the first, the half to the second.
        #expect(split(35_000, "EUR", [1, 1]) == [20_000, 15_000])
        #expect(split(1, "EUR", [1, 2]) == [0, 1])
        #expect(split(1_500_000, "JPY", [1, 1]) == [1_000_000, 500_000])
    }

    @Test func nothingIsSharedAsNothing() {
        #expect(split(0, "EUR", [1, 1, 1]) == [0, 0, 0])
        #expect(split(5, "EUR", [0, 0]) == [0, 0])
        #expect(split(5, "EUR", []) == [])
    }

    @Test func aWeightOfNothingGetsNothing() {
        #expect(split(10_010_000, "EUR", [0, 1, 0, 1, 0]) == [0, 5_010_000, 0, 5_000_000, 0])
        #expect(split(999_999, "EUR", [0, 7, 0]) == [0, 999_999, 0])
    }

    @Test func aNegativeAmountMirrorsThePositive() {
        #expect(split(-10_000_000, "EUR", [1, 1, 1]) == [-3_340_000, -3_330_000, -3_330_000])
    }

    @Test func theLargestAmountsFit() {
        let parts = split(.max, "JPY", Array(repeating: 1 << 32, count: 1000))
        #expect(parts.reduce(0, +) == .max)
        #expect(split(.max, "EUR", [1]) == [.max])
    }

    @Test func anyAmountAndWeightsSumExactly() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let seed = random.seed
        let codes = ["EUR", "JPY", "KWD", "CLF"]
        for _ in 0..<2_000 {
            let code = codes[Int.random(in: 0..<4, using: &random)]
            let unit = Currency(code)!.minorUnitMicros
            let digits = Int64(1) << Int64.random(in: 0...60, using: &random)
            let amount = Int64.random(in: 0..<digits, using: &random)
            let weights = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt64.random(in: 0...(1 << 32), using: &random)
            }
            let parts = split(amount, code, weights)
            let sum = weights.reduce(0, +)
            guard sum > 0 else { continue }
            #expect(parts.reduce(0, +) == amount, "seed \(seed)")
            for (part, weight) in zip(parts, weights) {
                let quota = Int64(UInt128(amount) * UInt128(weight) / UInt128(sum))
                #expect((part - quota).magnitude <= unit.magnitude, "seed \(seed)")
                #expect(weight > 0 || part == 0, "seed \(seed)")
            }
            let odd = parts.filter { $0 % unit != 0 }.count
            #expect(odd == (amount % unit == 0 ? 0 : 1), "seed \(seed)")
        }
    }
}

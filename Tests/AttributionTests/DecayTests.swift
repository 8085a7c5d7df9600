import Foundation
import TestSupport
import Testing
import Time

@testable import Attribution

/// Goal: weights halve with every half-life and are the same everywhere. Method: exact values at whole
/// half-lives, and a comparison with the mathematics.
@Suite struct DecayTests {
    private static let week: Duration = .seconds(7 * 86_400)
    private let decay = Decay(halfLife: week)

    @Test func halvesWithEveryHalfLife() {
        for halvings in 0...32 {
            let weight = decay.weight(age: Self.week * halvings)
            #expect(weight == 1 << (32 - UInt64(halvings)))
        }
        #expect(decay.weight(age: Self.week * 33) == 0)
        #expect(decay.weight(age: Self.week * 32 + .seconds(86_400)) == 0)
    }

    @Test func agreesWithTheMathematics() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        for _ in 0..<2_000 {
            let age = Int64.random(in: 0...90 * 86_400_000_000, using: &random)
            let days = Int.random(in: 1...90, using: &random)
            let weight = Decay(halfLife: .seconds(days * 86_400)).weight(age: .microseconds(age))
            let exact = exp2(32 - Double(age) / (Double(days) * 86_400_000_000))
            #expect(abs(Double(weight) - exact) <= 2, "seed \(random.seed)")
        }
    }

    @Test func neverGrowsWithAge() {
        var last = UInt64.max
        for hour in 0..<2_000 {
            let weight = decay.weight(age: .seconds(hour * 3_600))
            #expect(weight < last)
            last = weight
        }
    }

    /// The values that docs/attribution.md states.
    @Test func givesThePublishedValues() {
        #expect(decay.weight(age: .seconds(86_400)) == 3_890_053_517)
        #expect(decay.weight(age: .seconds(3 * 86_400)) == 3_191_148_437)
        #expect(decay.weight(age: .seconds(10 * 86_400)) == 1_595_574_218)
    }
}

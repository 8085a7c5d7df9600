import ConveyProtocol
import TestSupport
import Testing
import Time

@testable import Attribution

/// Goal: every model gives each touch what its rule says, and all of the value. Method: paths worked
/// out by hand, then random ones in random order.
@Suite struct CreditModelTests {
    private func credits(
        _ letters: String, at days: [Double], on day: Double = 10, value: String = "100",
        _ currency: String = "EUR", rules: CreditRules = .standard
    ) -> [Credit] {
        let money = Money(micros: DecimalAmount(value)!.micros, currency: Currency(currency)!)
        return CreditReckoning(rules: rules).credits(
            for: CreditedConversion(at: Sample.day(day), value: money),
            among: Sample.touches(letters, at: days))
    }

    private func rules(
        first: Int = 40, last: Int = 40, halfLife: Int = 7, direct: Bool = false,
        resets: Bool = false
    ) -> CreditRules {
        CreditRules(
            halfLifeDays: halfLife, firstPercent: first, lastPercent: last, countsDirect: direct,
            resetsOnConversion: resets)!
    }

    // MARK: Single touches

    @Test func theLastTouchTakesAllEvenWhenItIsDirect() {
        let credits = credits("atd", at: [1, 2, 3])
        #expect(credits.micros(.lastTouch) == ["2": 100_000_000])
    }

    @Test func theLastTouchThatIsNotDirectTakesAll() {
        let credits = credits("atdd", at: [1, 2, 3, 4])
        #expect(credits.micros(.lastNonDirect) == ["1": 100_000_000])
    }

    @Test func theLastAdClickTakesAllThoughOthersCameAfter() {
        let credits = credits("aatr", at: [1, 2, 3, 4])
        #expect(credits.micros(.lastAdClick) == ["1": 100_000_000])
        #expect(self.credits("tr", at: [1, 2]).micros(.lastAdClick) == [:])
    }

    @Test func theFirstTouchTakesAll() {
        #expect(credits("datr", at: [1, 2, 3, 4]).micros(.firstTouch) == ["1": 100_000_000])
        let asked = credits("datr", at: [1, 2, 3, 4], rules: rules(direct: true))
        #expect(asked.micros(.firstTouch) == ["0": 100_000_000])
    }

    @Test func onlyDirectVisitsLeaveAConversionToThemOrToNobody() {
        let credits = credits("dd", at: [1, 2])
        #expect(credits.count == 1)
        #expect(credits.micros(.lastTouch) == ["1": 100_000_000])
        for model in CreditModel.allCases where model != .lastTouch {
            #expect(credits.micros(model) == [:])
        }
    }

    @Test func withoutAnEligibleTouchThereAreNoCredits() {
        #expect(credits("", at: []).isEmpty)
        #expect(credits("at", at: [1, 2], on: 40).isEmpty)
        #expect(credits("ar", at: [11, 12]).isEmpty)
    }

    // MARK: Shared

    @Test func linearGivesEachTheSame() {
        let credits = credits("atr", at: [1, 2, 3])
        #expect(
            credits.micros(.linear) == ["0": 33_340_000, "1": 33_330_000, "2": 33_330_000])
        #expect(
            credits.billionths(.linear)
                == ["0": 333_333_334, "1": 333_333_333, "2": 333_333_333])
    }

    @Test func positionsGetFortyTwentyForty() {
        #expect(credits("a", at: [1]).micros(.positionBased) == ["0": 100_000_000])
        #expect(
            credits("at", at: [1, 2]).micros(.positionBased)
                == ["0": 50_000_000, "1": 50_000_000])
        #expect(
            credits("atr", at: [1, 2, 3]).micros(.positionBased)
                == ["0": 40_000_000, "1": 20_000_000, "2": 40_000_000])
        #expect(
            credits("atrl", at: [1, 2, 3, 4]).micros(.positionBased)
                == ["0": 40_000_000, "1": 10_000_000, "2": 10_000_000, "3": 40_000_000])
    }

    @Test func positionsCanBeAdjusted() {
        let ends = rules(first: 30, last: 50)
        #expect(
            credits("atr", at: [1, 2, 3], rules: ends).micros(.positionBased)
                == ["0": 30_000_000, "1": 20_000_000, "2": 50_000_000])
        #expect(
            credits("at", at: [1, 2], rules: ends).micros(.positionBased)
                == ["0": 50_000_000, "1": 50_000_000])
        let middle = rules(first: 0, last: 0)
        #expect(
            credits("atr", at: [1, 2, 3], rules: middle).micros(.positionBased)
                == ["1": 100_000_000])
    }

    @Test func aTouchAHalfLifeOlderGetsHalf() {
        let credits = credits("aa", at: [1, 8], value: "99")
        #expect(credits.micros(.timeDecay) == ["0": 33_000_000, "1": 66_000_000])
        #expect(credits.billionths(.timeDecay) == ["0": 333_333_333, "1": 666_666_667])
    }

    @Test func decayGoesByTimeAndNotByRank() {
        let early = credits("aaa", at: [0, 0.001, 7], value: "100")
        let even = credits("aaa", at: [0, 3.5, 7], value: "100")
        #expect(early.micros(.timeDecay)["1"]! < even.micros(.timeDecay)["1"]!)
        #expect(early.micros(.timeDecay)["0"]! > even.micros(.timeDecay)["0"]!)
    }

    @Test func touchesOfOneInstantGoByTheirIDs() {
        let touches = Sample.touches("aaa", at: [1, 1, 1])
        let first = touches.min { $0.id < $1.id }!.traffic.campaign
        let last = touches.max { $0.id < $1.id }!.traffic.campaign
        let credits = credits("aaa", at: [1, 1, 1], value: "0.01")
        #expect(credits.micros(.firstTouch) == [first: 10_000])
        #expect(credits.micros(.lastTouch) == [last: 10_000])
        #expect(credits.micros(.linear)[first] == 10_000)
    }

    // MARK: Eligibility

    @Test func aTouchServesManyConversionsUnlessTheRulesReset() {
        let touches = Sample.touches("aa", at: [1, 3])
        let euros = Money(micros: 1_000_000, currency: Currency("EUR")!)
        let second = CreditedConversion(at: Sample.day(4), value: euros, earlier: Sample.day(1))
        let open = CreditReckoning().credits(for: second, among: touches)
        #expect(open.micros(.linear) == ["0": 500_000, "1": 500_000])
        let reset = CreditReckoning(rules: rules(resets: true))
        #expect(
            reset.credits(for: second, among: touches).micros(.linear) == ["1": 1_000_000])
        let standings = reset.standings(of: touches, for: second).map(\.standing)
        #expect(
            standings == [
                .served(Sample.day(1)), .eligible(.inside(age: .seconds(86_400))),
            ])
        #expect(standings.map(\.word) == ["served_before", "inside"])
    }

    @Test func aLinkBringsItsOwnWindow() {
        let touches = [
            Sample.touch(.campaignLink, at: Sample.day(1), named: "short", link: "five"),
            Sample.touch(.campaignLink, at: Sample.day(1), named: "long"),
        ]
        let euros = Money(micros: 1_000_000, currency: Currency("EUR")!)
        let reckoning = CreditReckoning(linkWindows: ["five": Window(days: 5)!])
        let standings = reckoning.standings(
            of: touches, for: CreditedConversion(at: Sample.day(9), value: euros))
        let byName = Dictionary(
            uniqueKeysWithValues: standings.map { ($0.touch.traffic.campaign, $0.standing) })
        #expect(byName["short"] == .outside(.tooOld(by: .seconds(3 * 86_400))))
        #expect(byName["long"] == .eligible(.inside(age: .seconds(8 * 86_400))))
    }

    @Test func aClickThreeMinutesAfterThePurchaseStillEarnsIt() {
        let late = 10 + 3.0 / 1_440
        #expect(credits("a", at: [late]).micros(.lastNonDirect) == ["0": 100_000_000])
        #expect(credits("r", at: [late]).isEmpty)
    }

    @Test func ofTooManyTouchesTheNewestCount() {
        let count = CreditReckoning.touchesMax + 1
        let touches = Sample.touches(
            String(repeating: "a", count: count), at: (0..<count).map { Double($0) / 1_000 })
        let euros = Money(micros: 10_000_000, currency: Currency("EUR")!)
        let conversion = CreditedConversion(at: Sample.day(10), value: euros)
        let standings = CreditReckoning().standings(of: touches, for: conversion)
        #expect(standings.first?.standing == .crowdedOut)
        #expect(standings.filter { $0.standing == .crowdedOut }.count == 1)
        let credits = CreditReckoning().credits(for: conversion, among: touches)
        #expect(credits.micros(.firstTouch) == ["1": 10_000_000])
        #expect(credits.micros(.linear).values.allSatisfy { $0 == 10_000 })
    }

    // MARK: Sums

    @Test(arguments: [
        ("0", "EUR"), ("0.01", "EUR"), ("19.99", "EUR"), ("19.995", "EUR"), ("0.000001", "EUR"),
        ("1001", "JPY"), ("1000.5", "JPY"), ("12.345", "KWD"), ("12.345678", "KWD"),
        ("999999999999.999999", "EUR"),
    ])
    func everyModelGivesExactlyTheValueAndTheWhole(_ value: String, _ currency: String) {
        let credits = credits("atrla", at: [1, 2, 3.3, 5, 9], value: value, currency)
        for model in CreditModel.allCases {
            let sum = credits.reduce(0) { $0 + $1[model].micros }
            #expect(sum == DecimalAmount(value)!.micros, "\(model)")
            #expect(credits.reduce(0) { $0 + $1[model].billionths } == 1_000_000_000, "\(model)")
        }
    }

    @Test func anyOrderOfTheTouchesGivesTheSameCreditsAndExactSums() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let seed = random.seed
        for _ in 0..<300 {
            let kinds = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                "altrd".randomElement(using: &random)!
            }
            let days = kinds.map { _ in Double(Int.random(in: 0...40, using: &random)) / 4 }
            let touches = Sample.touches(String(kinds), at: days)
            let code = ["EUR", "JPY", "KWD"].randomElement(using: &random)!
            let value = Money(
                micros: Int64.random(in: 0...1_000_000_000, using: &random),
                currency: Currency(code)!)
            let rules = rules(
                first: Int.random(in: 0...50, using: &random),
                last: Int.random(in: 0...50, using: &random),
                halfLife: Int.random(in: 1...90, using: &random),
                direct: Bool.random(using: &random))
            let conversion = CreditedConversion(at: Sample.day(9), value: value)
            let reckoning = CreditReckoning(rules: rules)
            let credits = reckoning.credits(for: conversion, among: touches)
            for _ in 0..<3 {
                let shuffled = touches.shuffled(using: &random)
                #expect(
                    reckoning.credits(for: conversion, among: shuffled) == credits, "seed \(seed)")
            }
            for model in CreditModel.allCases {
                let whole = credits.reduce(0) { $0 + $1[model].billionths }
                let sum = credits.reduce(0) { $0 + $1[model].micros }
                let isNobodys = whole == 0 && sum == 0
                let isExact = whole == 1_000_000_000 && sum == value.micros
                #expect(isNobodys || isExact, "\(model), seed \(seed)")
            }
        }
    }

    @Test func rulesOutsideTheirRangesAreNone() {
        #expect(
            CreditRules(
                halfLifeDays: 0, firstPercent: 40, lastPercent: 40, countsDirect: false,
                resetsOnConversion: false) == nil)
        #expect(
            CreditRules(
                halfLifeDays: 7, firstPercent: 60, lastPercent: 41, countsDirect: false,
                resetsOnConversion: false) == nil)
        #expect(
            CreditRules(
                halfLifeDays: 7, firstPercent: -1, lastPercent: 41, countsDirect: false,
                resetsOnConversion: false) == nil)
    }
}

import Attribution
import Testing
import Time

/// Goal: a touch counts exactly as long as its window says. Method: instants on both sides of every edge.
@Suite struct WindowTests {
    private static let click = Timestamp(microseconds: 1_790_000_000_000_000)
    private static let day: Duration = .seconds(86_400)
    private static let microsecond: Duration = .microseconds(1)
    private let week = Window(days: 7)!

    private func verdict(_ conversion: Timestamp, isClick: Bool = true) -> WindowVerdict {
        week.verdict(touchAt: Self.click, conversionAt: conversion, isClick: isClick)
    }

    @Test func aClickExactlyAtTheWindowsEdgeIsInside() {
        #expect(verdict(Self.click + Self.day * 7) == .inside(age: Self.day * 7))
    }

    @Test func oneMicrosecondPastTheEdgeIsOutside() {
        let verdict = verdict(Self.click + Self.day * 7 + Self.microsecond)
        #expect(verdict == .tooOld(by: Self.microsecond))
        #expect(!verdict.isInside)
    }

    @Test func aConversionAtTheInstantOfTheClickIsInside() {
        #expect(verdict(Self.click) == .inside(age: .zero))
    }

    @Test func aClickUpToFiveMinutesAfterThePurchaseCounts() {
        let purchase = Self.click - .seconds(300)
        #expect(verdict(purchase) == .clockSkew(by: .seconds(300)))
        #expect(verdict(purchase).isInside)
        #expect(Window.countedAt(purchase, after: Self.click) == Self.click + .seconds(1))
    }

    @Test func aClickLaterThanFiveMinutesAfterThePurchaseDoesNot() {
        let purchase = Self.click - .seconds(300) - Self.microsecond
        #expect(verdict(purchase) == .afterConversion(by: .seconds(300) + Self.microsecond))
        #expect(!verdict(purchase).isInside)
    }

    @Test func whatIsNoClickNeverCountsAfterThePurchase() {
        let purchase = Self.click - Self.microsecond
        #expect(verdict(purchase, isClick: false) == .afterConversion(by: Self.microsecond))
        #expect(verdict(purchase, isClick: true) == .clockSkew(by: Self.microsecond))
    }

    @Test func aConversionAfterItsClickCountsAtItsOwnTime() {
        let purchase = Self.click + Self.microsecond
        #expect(Window.countedAt(purchase, after: Self.click) == purchase)
        #expect(Window.countedAt(Self.click, after: Self.click) == Self.click)
    }

    /// Clocks go back in Berlin on 2026-10-25 at 01:00 UTC; a leap second would stand at the end of
    /// 2026-12-31. Instants know neither.
    @Test(arguments: [1_792_800_000_000_000, 1_798_700_000_000_000] as [Int64])
    func calendarsPlayNoPart(_ start: Int64) {
        let click = Timestamp(microseconds: start)
        let edge = Timestamp(microseconds: start + 7 * 86_400_000_000)
        let late = Timestamp(microseconds: start + 7 * 86_400_000_000 + 1)
        #expect(week.verdict(touchAt: click, conversionAt: edge, isClick: true).isInside)
        #expect(!week.verdict(touchAt: click, conversionAt: late, isClick: true).isInside)
    }

    @Test func aWindowHasOneToNinetyDays() {
        #expect(Window(days: 0) == nil)
        #expect(Window(days: 91) == nil)
        #expect(Window(days: 1)?.length == Self.day)
        #expect(Window(days: 90)?.length == Self.day * 90)
    }

    @Test func theMostParticularWindowHolds() {
        var levels = WindowLevels()
        let link = Window(days: 4)!
        #expect(levels.window().level == .standard)
        #expect(levels.window().window.days == 30)
        levels.organization = Window(days: 5)
        #expect(levels.window().level == .organization)
        #expect(levels.window(link: link).level == .link)
        levels.definition = Window(days: 3)
        #expect(levels.window(link: link).level == .definition)
        levels.assignment = Window(days: 2)
        #expect(levels.window(link: link).level == .assignment)
        levels.conversionAction = Window(days: 1)
        #expect(levels.window(link: link).level == .conversionAction)
        #expect(levels.window(link: link).window.days == 1)
    }

    @Test func verdictsHaveWords() {
        #expect(verdict(Self.click).word == "inside")
        #expect(verdict(Self.click - .seconds(1)).word == "clock_skew")
        #expect(verdict(Self.click - .seconds(1)).by == .seconds(1))
        #expect(verdict(Self.click + Self.day * 8).word == "too_old")
        #expect(verdict(Self.click + Self.day * 8).by == Self.day)
        #expect(verdict(Self.click - Self.day).word == "after_conversion")
    }
}

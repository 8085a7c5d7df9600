import Testing

@testable import Stage

/// Goal: whatever differs from the stories is found. Method: one order, and rows that fit, or do not.
@Suite struct OutcomeTests {
    private static let ending = OrderEnding(
        story: .adClick, orderID: "1", orderName: "1001", conversion: .counted(micros: 10),
        platform: .holds(micros: 10), click: "gclid:abc")

    private func differences(
        _ ending: OrderEnding = ending, status: String? = "counted", micros: Int64 = 10,
        uploads: [Outcome.Upload]? = nil, recorded: [Outcome.Recorded]? = nil
    ) -> [String] {
        outcome(status: status, micros: micros, uploads: uploads, recorded: recorded)
            .differences(from: [Outcome.Expected(site: "shop", siteID: "s", endings: [ending])])
    }

    private func outcome(
        status: String? = "counted", micros: Int64 = 10, uploads: [Outcome.Upload]? = nil,
        recorded: [Outcome.Recorded]? = nil
    ) -> Outcome {
        let conversions = status.map {
            Outcome.Conversion(site: "shop", order: "id:1", status: $0, micros: micros)
        }
        return Outcome(
            conversions: conversions.map { [$0] } ?? [], uploads: uploads ?? [upload()],
            recorded: recorded ?? [record()])
    }

    private func upload(
        _ state: String = "confirmed", version: Int = 1, micros: Int64 = 10
    ) -> Outcome.Upload {
        Outcome.Upload(
            transactionID: "s.1", state: state, code: "", version: version, micros: micros)
    }

    private func record(
        _ id: String = "s.1", micros: Int64 = 10, click: String = "gclid:abc", early: Int = 0
    ) -> Outcome.Recorded {
        Outcome.Recorded(
            transactionID: id, currency: "EUR", click: click, micros: micros, earlyChanges: early)
    }

    private func ending(
        _ conversion: OrderEnding.Conversion, _ platform: OrderEnding.Platform
    ) -> OrderEnding {
        OrderEnding(
            story: .adClick, orderID: "1", orderName: "1001", conversion: conversion,
            platform: platform, click: nil)
    }

    @Test func findsNothingInASoundRun() {
        #expect(differences().isEmpty)
        #expect(outcome().confirmedCount == 1 && outcome().valueMicros == 10)
    }

    @Test func findsAWrongConversion() {
        #expect(differences(micros: 11).count == 1)
        #expect(differences(status: "unconfirmed").count == 1)
        #expect(differences(status: nil).count == 1)
    }

    @Test func findsALostUpload() {
        #expect(differences(uploads: [upload("due")], recorded: []).count == 1)
    }

    @Test func findsAWrongValueAtThePlatform() {
        #expect(differences(recorded: [record(micros: 9)]).count == 2)
    }

    @Test func findsAnotherPersonsClick() {
        #expect(differences(recorded: [record(click: "gclid:other")]).count == 1)
        #expect(differences(recorded: [record(click: "")]).isEmpty)
    }

    @Test func findsWhatNoStoryTells() {
        let both = [record(), record("s.2")]
        #expect(differences(recorded: both).contains { $0.contains("no story tells of") })
    }

    @Test func findsAChangeBeforeTheVerdict() {
        #expect(differences(recorded: [record(early: 1)]).count == 1)
    }

    @Test func findsWhatShouldNotHaveLeft() {
        let silent = ending(.counted(micros: 10), .nothing)
        #expect(!differences(silent, recorded: [record(click: "")]).isEmpty)
    }

    @Test func takesZeroForNothingAfterARefund() {
        let back = ending(.withdrawn, .nothingOrZero)
        #expect(
            differences(back, status: "withdrawn", micros: 0, uploads: [], recorded: []).isEmpty)
        let zero = [upload(), upload(version: 2, micros: 0)]
        #expect(
            differences(
                back, status: "withdrawn", micros: 0, uploads: zero,
                recorded: [record(micros: 0, click: "")]
            ).isEmpty)
        #expect(
            !differences(back, status: "withdrawn", micros: 0, recorded: [record(click: "")])
                .isEmpty)
    }

    @Test func waitsForEverythingOnItsWay() {
        let expected = [
            Outcome.Expected(site: "shop", siteID: "s", endings: [Self.ending])
        ]
        #expect(outcome().hasReached(expected))
        #expect(!outcome(uploads: [upload("accepted")]).hasReached(expected))
        #expect(!outcome(uploads: [upload("held")]).hasReached(expected))
    }
}

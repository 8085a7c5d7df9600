import Doubles
import Foundation
import HTTP
import TestSupport
import Testing

/// Goal: one wrong field refuses all, is named where it stands, and nothing is recorded. Method: a
/// request that is right, and one change at a time.
@Suite struct StrictnessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let from: String
        let to: String
        let field: String
        /// Empty for faults of form.
        let reason: String
        var testDescription: String { "\(from) → \(to)" }

        init(_ from: String, _ to: String, _ field: String, _ reason: String = "") {
            (self.from, self.to, self.field, self.reason) = (from, to, field, reason)
        }
    }

    static let hash = String(repeating: "0a", count: 32)
    static let right = Bodies.request(
        [
            Bodies.event("a"),
            Bodies.event(
                "b",
                more:
                    #","consent":{"adUserData":"CONSENT_GRANTED"},"userData":{"userIdentifiers":["#
                    + #"{"emailAddress":"\#(hash)"},{"address":{"givenName":"\#(hash)","#
                    + #""familyName":"\#(hash)","regionCode":"DE","postalCode":"10115"}}]}"#),
        ], more: #","encoding":"HEX""#)

    static let cases: [Case] = [
        Case(#""currency":"EUR","consent""#, #""currencyCode":"EUR","consent""#, "events[1]"),
        Case("WEB", "Web", "events[0].eventSource"),
        Case("CONSENT_GRANTED", "GRANTED", "events[1].consent.adUserData"),
        Case("12.5", #""a""#, "events[0].conversionValue"),
        Case("12.5", "true", "events[0].conversionValue"),
        Case("12.5", "-1", "events[0].conversionValue", "INVALID_NUMBER_FORMAT"),
        Case(#""a","eventT"#, #"7,"eventT"#, "events[0].transactionId"),
        Case(#""a","eventT"#, #""","eventT"#, "events[0].transactionId", "REQUIRED_FIELD_MISSING"),
        Case("2026-03-09T12:00:00Z", "2026-03-09 12:00:00", "events[0].eventTimestamp"),
        Case("2026-03-09T12:00:00Z", "2026-02-30T12:00:00Z", "events[0].eventTimestamp"),
        Case(
            "2026-03-09T12:00:00Z", "2026-03-19T12:00:00Z", "events[0].eventTimestamp",
            "EVENT_TIME_INVALID"),
        Case(
            #""gclid":"EAI"#, #""gbraid":"x","gclid":"EAI"#, "events[0].adIdentifiers",
            "INVALID_EVENT"),
        Case(#""gclid":"EAIaIQobChMIsample""#, "", "events[0]", "NO_IDENTIFIERS_PROVIDED"),
        Case(#""gclid":"EAI"#, #""glcid":"EAI"#, "events[0].adIdentifiers"),
        Case(#""EUR""#, #""EURO""#, "events[0].currency", "INVALID_CURRENCY_CODE"),
        Case(#""EUR""#, #""QQQ""#, "events[0].currency", "INVALID_CURRENCY_CODE"),
        Case(#","currency":"EUR""#, "", "events[0].currency", "REQUIRED_FIELD_MISSING"),
        Case(
            #""emailAddress":"0a"#, #""emailAddress":"0g"#,
            "events[1].userData.userIdentifiers[0].emailAddress", "INVALID_HEX_ENCODING"),
        Case(
            #""emailAddress":"0a"#, #""emailAddress":"0A"#,
            "events[1].userData.userIdentifiers[0].emailAddress", "INVALID_HEX_ENCODING"),
        Case(
            #""emailAddress":"0a"#, #""emailAddress":""#,
            "events[1].userData.userIdentifiers[0].emailAddress", "INVALID_SHA256_FORMAT"),
        Case(
            #""emailAddress":"0a"#, #""phoneNumber":"","emailAddress":"0a"#,
            "events[1].userData.userIdentifiers[0].emailAddress"),
        Case(
            #""DE""#, #""de""#, "events[1].userData.userIdentifiers[1].address.regionCode",
            "INVALID_REGION_CODE"),
        Case(
            #","postalCode":"10115""#, "",
            "events[1].userData.userIdentifiers[1].address.postalCode",
            "INVALID_POSTAL_CODE"),
        Case(#","encoding":"HEX""#, "", "encoding", "REQUIRED_FIELD_MISSING"),
        Case(#""HEX""#, #""hex""#, "encoding"),
        Case(
            "1234567890", "123-456-7890", "destinations[0].operatingAccount.accountId",
            "INVALID_DESTINATION"),
        Case("GOOGLE_ADS", "GOOGLE_ADWORDS", "destinations[0].operatingAccount.accountType"),
        Case(#""987""#, "987", "destinations[0].productDestinationId"),
        Case(
            #""987""#, #""customers/1/conversionActions/987""#,
            "destinations[0].productDestinationId", "INVALID_CONVERSION_ACTION_ID"),
        Case(#""encoding""#, #""partialFailure":true,"encoding""#, ""),
        Case(#""encoding""#, #""validateOnly":"true","encoding""#, "validateOnly"),
        Case(
            #""encoding""#, #""validate_only":true,"validateOnly":true,"encoding""#, "validateOnly"),
        Case(#""encoding""#, #""encoding":"HEX","encoding""#, ""),
        Case(#"{"destinations""#, #"["destinations""#, ""),
    ]

    @Test(arguments: cases) func refusesAllForOneFault(_ one: Case) async throws {
        let first = try #require(Self.right.range(of: one.from))
        let body = Self.right.replacingCharacters(in: first, with: one.to)
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            let answer = try await caller.ingest(body)
            #expect(answer.status == 400)
            #expect(try Caller.violations(answer)[one.field] == one.reason)
            #expect(double.conversions.isEmpty && double.statistics.events == 0)
        }
    }

    @Test func takesWhatIsRight() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            let id = try await caller.requestID(Self.right)
            #expect(try await caller.verdict(on: id).0 == "SUCCESS")
            let snake = Self.right.replacing("eventSource", with: "event_source")
                .replacing("\"WEB\"", with: "1").replacing("12.5", with: "\"12.5\"")
            #expect(try await caller.ingest(snake).status == 200)
        }
    }

    @Test func namesNoFieldsWhenTold() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            double.change { $0.fieldIndices = false }
            let answer = try await caller.ingest(Self.right.replacing("12.5", with: "-1"))
            #expect(try Caller.violations(answer).isEmpty)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("INVALID_NUMBER_FORMAT"))
        }
    }

    @Test func takesTwoThousandEventsAndNoMore() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            let events = (0...2000).map { Bodies.event("t\($0)") }
            let full = try await caller.ingest(Bodies.request(Array(events.dropLast())))
            #expect(full.status == 200 && double.conversions.count == 2000)
            let answer = try await caller.ingest(Bodies.request(events))
            #expect(try Caller.violations(answer) == ["events": "TOO_MANY_EVENTS"])
            let none = try await caller.ingest(Bodies.request([]))
            #expect(try Caller.violations(none) == ["events": "REQUIRED_FIELD_MISSING"])
        }
    }

    @Test func refusesAnActionThatItDoesNotKnow() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            double.change { $0.actions = ["987": "INVALID_CONVERSION_ACTION_ID"] }
            let answer = try await caller.ingest(Self.right)
            #expect(answer.status == 400)
            double.change { $0.actions = ["987": "PERMISSION_DENIED"] }
            #expect(try await caller.ingest(Self.right).status == 403)
        }
    }
}

import Doubles
import HTTP
import TestSupport
import Testing

/// Goal: each fault does what its name says, to the client and to the record. Method: one request a
/// fault, then a look into the record.
@Suite struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fault: DoubleFault
        /// Nil where no answer comes.
        let status: Int?
        let isProcessed: Bool
        var testDescription: String { fault.rawValue }
    }

    static let cases = [
        Case(fault: .throttled, status: 429, isProcessed: false),
        Case(fault: .internal, status: 500, isProcessed: false),
        Case(fault: .unavailable, status: 503, isProcessed: false),
        Case(fault: .unauthorized, status: 401, isProcessed: false),
        Case(fault: .reset, status: nil, isProcessed: false),
        Case(fault: .answeredButLost, status: nil, isProcessed: true),
        Case(fault: .lostBeforeCommit, status: nil, isProcessed: false),
        Case(fault: .garbled, status: 200, isProcessed: true),
        Case(fault: .failedAfterCommit, status: 500, isProcessed: true),
    ]

    @Test(arguments: cases) func happens(_ one: Case) async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            let token = try await caller.token()
            double.change { $0.faults = [.ingest: FaultScript(next: [one.fault])] }
            var status: Int?
            do {
                // On a connection of its own: libcurl repeats what a kept one lost.
                status = try await Caller(double: double).post(
                    "/v1/events:ingest", Bodies.request([Bodies.event("a")]), token: token
                ).status
            } catch is HTTPFault {}
            #expect(status == one.status)
            #expect(double.conversions.count == (one.isProcessed ? 1 : 0))
            #expect(double.statistics.counts["faults.ingest.\(one.fault.rawValue)"] == 1)
        }
    }

    @Test func aSlowAnswerWaitsByTheClock() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            let token = try await caller.token()
            double.change { $0.faults = [.ingest: FaultScript(next: [.slow])] }
            async let answer = caller.post(
                "/v1/events:ingest", Bodies.request([Bodies.event("a")]), token: token)
            await clock.sleepers(atLeast: 1)
            #expect(double.conversions.count == 1)
            clock.advance(by: .seconds(2))
            #expect(try await answer.status == 200)
        }
    }

    @Test func chanceFollowsItsSeedAndItsLimit() async throws {
        func run() async throws -> [Int] {
            var statuses: [Int] = []
            try await GoogleDoubleTests.with { double, caller, clock async throws in
                let token = try await caller.token()
                double.change {
                    $0.seed = 7
                    $0.faults = [.ingest: FaultScript(chances: [.unavailable: 0.5], left: 5)]
                }
                for _ in 0..<30 {
                    statuses.append(
                        try await caller.post("/v1/events:ingest", "{}", token: token).status)
                }
            }
            return statuses
        }
        let first = try await run()
        #expect(first.count { $0 == 503 } == 5)
        #expect(try await run() == first)
    }

    @Test func theTokenEndpointFailsToo() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            double.change { $0.faults = [.token: FaultScript(next: [.unavailable, .throttled])] }
            let form = Caller.form(double.credentials)
            let type = "application/x-www-form-urlencoded"
            #expect(try await caller.post("/token", form, type: type).status == 503)
            #expect(try await caller.post("/token", form, type: type).status == 429)
            #expect(try await caller.post("/token", form, type: type).status == 200)
        }
    }

    @Test func settingsComeOverTheWire() async throws {
        try await GoogleDoubleTests.with { double, caller, clock async throws in
            func patch(_ body: String) async throws -> Int {
                try await caller.client.send(
                    ClientRequest(
                        .patch, double.origin, "/control/behaviour", body: Array(body.utf8))
                ).status
            }
            let change =
                #"{"faults":{"ingest":{"next":["reset",null],"chances":{"answered_but_lost":0.25}}},"#
                + #""verdict_delay_ms":5,"clicks":{"x":{"clicked_at":"2026-01-01T00:00:00Z"}},"actions":{"1":"NOT_FOUND"}}"#
            #expect(try await patch(change) == 200)
            #expect(
                double.behaviour.faults
                    == [
                        .ingest: FaultScript(
                            next: [.reset, nil], chances: [.answeredButLost: 0.25])
                    ])
            #expect(double.behaviour.verdictDelayMs == 5)
            #expect(double.behaviour.clicks["x"]?.clickedAt == "2026-01-01T00:00:00Z")
            let shown = try await caller.get("/control/behaviour")
            #expect(try await patch(String(decoding: shown.body, as: UTF8.self)) == 200)
            for wrong in [
                "", "[]", #"{"fault":{}}"#, #"{"slow_ms":"1"}"#,
                #"{"faults":{"ingest":{"next":["never"]}}}"#, #"{"faults":{"ingset":{}}}"#,
                #"{"faults":{"ingest":{"nxet":[]}}}"#, #"{"clicks":{"x":{"raeson":"y"}}}"#,
            ] { #expect(try await patch(wrong) == 400, "\(wrong)") }
            #expect(double.behaviour.verdictDelayMs == 5)
        }
    }
}

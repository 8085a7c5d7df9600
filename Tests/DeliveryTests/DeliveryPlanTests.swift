import ConveyProtocol
import Testing
import Time

@testable import Delivery

/// Goal: lanes go in order of priority, none starves, waits grow and end, every answer has its step.
/// Method: drive the plan by hand; it has no clock.
@Suite struct DeliveryPlanTests {
    static let place = ProtocolProblem.LedgerPlace(
        epoch: EpochID("0192f0c1-2a00-7abc-8def-0123456789ab")!, lane: .conversion, expectedSeq: 3,
        chain: Chain.start(of: EpochID("0192f0c1-2a00-7abc-8def-0123456789ab")!))

    /// A plan that has had its first answer at time zero.
    func answered() -> DeliveryPlan {
        var plan = DeliveryPlan()
        _ = plan.step(.conversion, waiting: PerLane(repeating: 0), now: .zero)
        plan.ended(flight(.conversion, count: 0), .receipt(pace: 0), random: 1, now: .zero)
        return plan
    }

    func flight(_ lane: Lane, at now: Duration = .zero, count: Int = 100) -> Flight {
        Flight(lane: lane, startedAt: now, count: count, decodedByteCount: count * 400)
    }

    func isSend(_ step: DeliveryPlan.Step) -> Bool {
        if case .send = step { true } else { false }
    }

    let all = PerLane<Int64>(repeating: 1_000_000)
    let none = PerLane<Int64>(repeating: 0)

    // MARK: Turns

    @Test func asksTheTimeBeforeAnythingLeaves() {
        var plan = DeliveryPlan()
        #expect(!isSend(plan.step(.pageview, waiting: all, now: .zero)))
        #expect(!isSend(plan.step(.interaction, waiting: all, now: .zero)))
        #expect(isSend(plan.step(.conversion, waiting: all, now: .zero)))
    }

    @Test func givesLowerLanesAShare() {
        var plan = answered()
        var sent = PerLane(repeating: 0)
        for second in 1...1000 {
            for lane in Lane.allCases {
                let now = Duration.seconds(second)
                guard isSend(plan.step(lane, waiting: all, now: now)) else { continue }
                sent[lane] += 1
                plan.ended(flight(lane, at: now), .receipt(pace: 0), random: 1, now: now)
            }
        }
        #expect(sent[.conversion] == 1000)
        #expect(sent[.interaction] == 250)
        #expect((200...334).contains(sent[.pageview]))
    }

    @Test func letsLowerLanesGoFreelyWhenNoneAboveWaits() {
        var plan = answered()
        var waiting = none
        waiting[.pageview] = 5
        for second in 1...10 {
            let now = Duration.seconds(second)
            #expect(isSend(plan.step(.pageview, waiting: waiting, now: now)))
            plan.ended(flight(.pageview, at: now), .receipt(pace: 0), random: 1, now: now)
        }
    }

    @Test func doesNotLetALaneThatBacksOffStarveTheOthers() {
        var plan = answered()
        _ = plan.step(.conversion, waiting: all, now: .seconds(1))
        plan.ended(flight(.conversion), .problem(.backOff), random: 1, now: .seconds(1))
        #expect(!isSend(plan.step(.conversion, waiting: all, now: .seconds(1.5))))
        #expect(isSend(plan.step(.interaction, waiting: all, now: .seconds(1.5))))
    }

    @Test func sendsAnEmptyBatchOnlyAfterThirtyIdleSeconds() {
        var plan = answered()
        #expect(
            plan.step(.conversion, waiting: none, now: .seconds(29)) == .rest(.seconds(1)))
        #expect(!isSend(plan.step(.pageview, waiting: none, now: .seconds(30))))
        #expect(isSend(plan.step(.conversion, waiting: none, now: .seconds(30))))
    }

    @Test func aLaneAtRestSendsItsFirstEventAtOnceAndGathersTheNext() {
        var plan = answered()
        let few = PerLane<Int64>(repeating: 3)
        let start = Duration.seconds(5)
        #expect(isSend(plan.step(.conversion, waiting: few, now: start)))
        plan.ended(
            flight(.conversion, at: start, count: 3), .receipt(pace: 0), random: 1, now: start)
        let soon = start + .milliseconds(100)
        #expect(plan.step(.conversion, waiting: few, now: soon) == .wait(.milliseconds(150)))
        // Lanes below do not wait for it meanwhile.
        #expect(isSend(plan.step(.pageview, waiting: only(.pageview), now: soon)))
        #expect(isSend(plan.step(.conversion, waiting: few, now: start + .milliseconds(250))))
    }

    @Test func manyEventsAreNotGathered() {
        var plan = answered()
        for number in 0..<10 {
            let now = Duration.seconds(5) + .milliseconds(number)
            #expect(isSend(plan.step(.conversion, waiting: all, now: now)))
            plan.ended(flight(.conversion, at: now), .receipt(pace: 0), random: 1, now: now)
        }
    }

    @Test func aBatchAsLargeAsTheLimitIsNotSmall() {
        var plan = DeliveryPlan(limits: BatchLimits(eventsMax: 3, bytesMax: 1 << 20))
        _ = plan.step(.conversion, waiting: none, now: .zero)
        plan.ended(flight(.conversion, count: 0), .receipt(pace: 0), random: 1, now: .zero)
        let few = PerLane<Int64>(repeating: 3)
        for number in 0..<3 {
            let now = Duration.seconds(5) + .milliseconds(number)
            #expect(isSend(plan.step(.conversion, waiting: few, now: now)))
            plan.ended(
                flight(.conversion, at: now, count: 3), .receipt(pace: 0), random: 1, now: now)
        }
    }

    @Test func everyLaneTakesItsTurnWithEmptyBatches() {
        var plan = answered()
        var sent: [Lane: Int] = [:]
        for second in 1...360 {
            let now = Duration.seconds(second)
            for lane in Lane.allCases where isSend(plan.step(lane, waiting: none, now: now)) {
                sent[lane, default: 0] += 1
                plan.ended(flight(lane, at: now), .receipt(pace: 0), random: 1, now: now)
            }
        }
        #expect(sent == [.conversion: 4, .interaction: 4, .pageview: 4])
    }

    @Test func anIdleLaneIsHeardOfThoughAnotherIsBusy() {
        var plan = answered()
        var sent = 0
        for second in 1...360 {
            let now = Duration.seconds(second)
            _ = plan.step(.conversion, waiting: only(.conversion), now: now)
            plan.ended(flight(.conversion, at: now), .receipt(pace: 0), random: 1, now: now)
            guard isSend(plan.step(.pageview, waiting: only(.conversion), now: now)) else {
                continue
            }
            sent += 1
            plan.ended(flight(.pageview, at: now), .receipt(pace: 0), random: 1, now: now)
        }
        #expect((3...4).contains(sent))
    }

    // MARK: Failures of the network

    @Test func doublesTheWaitUpToFiveMinutesAndForgetsItAfterAnAnswer() {
        var plan = answered()
        var now = Duration.seconds(1)
        var waits: [Duration] = []
        for _ in 0..<12 {
            #expect(isSend(plan.step(.conversion, waiting: only(.conversion), now: now)))
            plan.ended(
                flight(.conversion, at: now), .noAnswer(wasPerhapsTooLarge: false), random: 1,
                now: now)
            let until = plan.heldUntil(now: now) ?? now
            waits.append(until - now)
            #expect(!isSend(plan.step(.conversion, waiting: all, now: until - .milliseconds(1))))
            now = until
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { .seconds($0) })
        _ = plan.step(.conversion, waiting: only(.conversion), now: now)
        plan.ended(flight(.conversion, at: now), .receipt(pace: 0), random: 1, now: now)
        #expect(plan.heldUntil(now: now) == nil)
        _ = plan.step(.conversion, waiting: all, now: now)
        plan.ended(
            flight(.conversion, at: now), .noAnswer(wasPerhapsTooLarge: false), random: 1, now: now)
        #expect(plan.heldUntil(now: now) == now + .seconds(1))
    }

    func only(_ lane: Lane) -> PerLane<Int64> {
        var waiting = none
        waiting[lane] = 1_000_000
        return waiting
    }

    @Test func countsOneFailureHoweverManyLanesItHit() {
        var plan = answered()
        let now = Duration.seconds(1)
        for lane in Lane.allCases { _ = plan.step(lane, waiting: only(lane), now: now) }
        for lane in Lane.allCases {
            plan.ended(
                flight(lane, at: now), .noAnswer(wasPerhapsTooLarge: false), random: 1,
                now: .seconds(2))
        }
        #expect(plan.heldUntil(now: .seconds(2)) == .seconds(3))
    }

    @Test func triesOneLaneAtATimeAfterAFailureAndEachInTheEnd() {
        var plan = answered()
        var now = Duration.seconds(1)
        _ = plan.step(.conversion, waiting: all, now: now)
        plan.ended(
            flight(.conversion, at: now), .noAnswer(wasPerhapsTooLarge: false), random: 0.5,
            now: now)
        var tried: [Lane] = []
        for _ in 0..<12 {
            now += .seconds(1000)
            let ready = Lane.allCases.filter { isSend(plan.step($0, waiting: all, now: now)) }
            #expect(ready.count == 1)
            tried += ready
            for lane in ready {
                plan.ended(
                    flight(lane, at: now), .noAnswer(wasPerhapsTooLarge: false), random: 0.5,
                    now: now)
            }
        }
        #expect(tried.count { $0 == .conversion } >= 9)
        #expect(Set(tried) == Set(Lane.allCases))
    }

    @Test func halvesBatchesThatTheWayMayNotCarry() {
        var plan = answered()
        var now = Duration.seconds(1)
        var events = 5000
        for _ in 0..<8 {
            let step = plan.step(.conversion, waiting: only(.conversion), now: now)
            guard case .send(let limits) = step else {
                Issue.record("The lane did not send.")
                return
            }
            #expect(limits.eventsMax == events)
            plan.ended(
                flight(.conversion, at: now, count: events), .noAnswer(wasPerhapsTooLarge: true),
                random: 1, now: now)
            events = max(events / 2, 64)
            now += .seconds(1000)
        }
    }

    // MARK: Signed answers

    @Test func waitsAsLongAsItIsAskedTo() {
        var plan = answered()
        plan.ended(
            flight(.conversion), .problem(.wait(.seconds(77))), random: 0, now: .seconds(1))
        #expect(plan.heldUntil(now: .seconds(1)) == .seconds(78))
        for lane in Lane.allCases {
            #expect(!isSend(plan.step(lane, waiting: all, now: .seconds(77.9))))
        }
        #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(78))))
        plan.ended(flight(.conversion), .problem(.wait(.zero)), random: 0, now: .seconds(80))
        #expect(plan.heldUntil(now: .seconds(80)) == .seconds(81))
    }

    @Test func restsFiveMinutesWhereOnlyAPersonCanMend() {
        var plan = answered()
        plan.ended(flight(.conversion), .problem(.alert), random: 0, now: .seconds(1))
        #expect(plan.heldUntil(now: .seconds(1)) == .seconds(301))
        #expect(!isSend(plan.step(.pageview, waiting: all, now: .seconds(300))))
        #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(301))))
    }

    @Test func keepsToThePaceThatIsWelcome() {
        var plan = answered()
        plan.ended(
            flight(.conversion, at: .seconds(1), count: 500), .receipt(pace: 100), random: 0,
            now: .seconds(2))
        #expect(plan.heldUntil(now: .seconds(2)) == .seconds(6))
        plan.ended(
            flight(.conversion, at: .seconds(7), count: 5000), .receipt(pace: 1), random: 0,
            now: .seconds(7))
        #expect(plan.heldUntil(now: .seconds(7)) == .seconds(67))
    }

    @Test func splitsByTheStatedLimitsOrHalvesAndGrowsAgain() {
        var plan = answered()
        func limits(_ plan: inout DeliveryPlan) -> BatchLimits? {
            guard case .send(let limits) = plan.step(.conversion, waiting: all, now: .seconds(1000))
            else { return nil }
            return limits
        }
        let stated = BatchLimits(eventsMax: 1000, bytesMax: 1_000_000)
        plan.ended(
            flight(.conversion, count: 5000), .problem(.split(stated)), random: 0, now: .seconds(1))
        #expect(limits(&plan) == stated)
        plan.ended(
            flight(.conversion, count: 800), .problem(.split(stated)), random: 0, now: .seconds(1))
        #expect(limits(&plan) == BatchLimits(eventsMax: 400, bytesMax: 160_000))
        plan.ended(flight(.conversion, count: 400), .receipt(pace: 0), random: 0, now: .seconds(1))
        #expect(limits(&plan) == BatchLimits(eventsMax: 800, bytesMax: 320_000))
        for _ in 0..<3 {
            plan.ended(flight(.conversion), .receipt(pace: 0), random: 0, now: .seconds(1))
        }
        #expect(limits(&plan) == stated)
    }

    @Test func backsOffWhenRemediesDoNotHelp() {
        var plan = answered()
        for _ in 0..<4 {
            #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(1))))
            plan.ended(
                flight(.conversion), .problem(.rewind(Self.place)), random: 1, now: .seconds(1))
        }
        #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(1))))
        plan.ended(flight(.conversion), .problem(.rewind(Self.place)), random: 1, now: .seconds(1))
        #expect(!isSend(plan.step(.conversion, waiting: all, now: .seconds(1.9))))
        #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(2))))
    }

    @Test func triesOnceAtOnceWithACorrectedClock() {
        var plan = answered()
        plan.ended(flight(.conversion), .problem(.again), random: 1, now: .seconds(1))
        #expect(isSend(plan.step(.conversion, waiting: all, now: .seconds(1))))
        plan.ended(flight(.conversion), .problem(.again), random: 1, now: .seconds(1))
        #expect(!isSend(plan.step(.conversion, waiting: all, now: .seconds(1))))
    }

    // MARK: Deeds

    @Test func asksTheBufferForWhatTheTableSays() {
        let one = flight(.conversion, count: 1)
        let many = flight(.conversion, count: 2)
        #expect(Deed(.quarantine, many) == .quarantine)
        #expect(Deed(.quarantine, flight(.conversion, count: 0)) == .nothing)
        #expect(Deed(.rewind(Self.place), many) == .rewind(Self.place))
        #expect(
            Deed(.newEpoch(afterForkIn: Self.place.epoch), many)
                == .startEpoch(afterForkIn: Self.place.epoch))
        #expect(Deed(.split(.standard), many) == .nothing)
        #expect(Deed(.split(.standard), one) == .quarantine)
        for remedy in [Remedy.again, .backOff, .alert, .wait(.seconds(1))] {
            #expect(Deed(remedy, many) == .nothing)
        }
    }

    /// Every problem of the protocol leads to the step of its row in the table.
    @Test func knowsARemedyForEveryProblem() {
        let rows: [(ProtocolProblem, Remedy)] = [
            (.framing(.zstd, line: nil), .quarantine), (.signatureMissing, .alert),
            (.signatureCoverage, .alert), (.signatureInvalid, .backOff),
            (.digestMismatch, .backOff), (.signatureTime, .again), (.authorityUnknown, .alert),
            (.keyUnknown, .alert), (.tokenInvalid, .alert), (.keyRevoked, .alert),
            (.collectorMismatch, .alert), (.ledgerBehind(Self.place), .rewind(Self.place)),
            (.ledgerFork(Self.place, seq: 2), .newEpoch(afterForkIn: Self.place.epoch)),
            (.tooLarge(.standard), .split(.standard)), (.encoding, .alert), (.mediaType, .alert),
            (.schema, .alert), (.slowDown(retryAfter: .seconds(3)), .wait(.seconds(3))),
            (.unavailable(retryAfter: .seconds(4)), .wait(.seconds(4))), (.internal, .backOff),
        ]
        for (problem, remedy) in rows {
            let body = ProblemBody(
                problem, requestID: "1", time: .init(microseconds: 1_767_225_600_000_000))
            #expect(Remedy(body) == remedy)
            let trouble = DeliveryTrouble.refused(problem.kind, status: problem.status)
            #expect(trouble.needsPerson == (remedy == .alert))
            #expect(trouble.sentence.hasPrefix("The aggregator refuses: "))
        }
    }
}

import ConveyProtocol
import Testing
import Time

@testable import Destinations

/// Goal: every answer of a platform has the one consequence that loses and doubles nothing. Method: the
/// plan by hand; a row an answer, the consequence in words.
@Suite struct UploadPlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let consequence: String
        let request: OpenRequest
        let answer: Answer

        init(
            _ situation: String, _ answer: Answer, _ consequence: String,
            of request: OpenRequest = UploadPlanTests.request(4)
        ) {
            testDescription = situation
            (self.answer, self.consequence, self.request) = (answer, consequence, request)
        }
    }

    enum Answer: Sendable {
        case ingest(IngestAnswer)
        case status(StatusAnswer)

        static func refused(_ code: String, _ named: [Int: String] = [:]) -> Answer {
            let complaints = named.map { FieldComplaint(code: $1, upload: $0, field: "") }
            return .ingest(
                .refused(PlatformRefusal(code: code, httpStatus: 400, complaints: complaints)))
        }

        static func uncertain(_ wait: Duration? = nil) -> Answer {
            .ingest(.trouble(.uncertain(code: "RESET", httpStatus: nil, retryAfter: wait)))
        }

        static let credential = Answer.ingest(
            .trouble(.credential(code: "UNAUTHENTICATED", httpStatus: 401)))

        static func final(
            _ result: BatchOutcome.Result, _ errors: BatchOutcome.Count...
        ) -> Answer {
            .status(.final(BatchOutcome(result, errors: errors)))
        }
    }

    static let rows = ingest + doubtful + verdicts

    static let ingest: [Row] = [
        Row(
            "taken", .ingest(.accepted(requestID: "r", warnings: [])),
            "accepted as r, asked in 1800 s"),
        Row(
            "valid", .ingest(.accepted(requestID: "r", warnings: [])),
            "over; rest held: mode_validate", of: request(4, isValidation: true)),
        Row(
            "one upload named", .refused("INVALID", [1: "INVALID_GCLID"]),
            "over; 1 rejected: INVALID_GCLID; part 0 2 3 none"),
        Row(
            "refused while validating", .refused("INVALID", [1: "INVALID_GCLID"]),
            "over; 1 held: mode_validate; part 0 2 3 none", of: request(4, isValidation: true)),
        Row(
            "none named", .refused("INVALID_GCLID"),
            "over; part 0 1 none; part 2 3 none"),
        Row(
            "none named, one upload", .refused("INVALID_GCLID"),
            "over; 0 rejected: INVALID_GCLID", of: request(1)),
        Row(
            "already there", .refused("DUPLICATE", [0: "DUPLICATE"]),
            "over; 0 confirmed; part 1 2 3 none"),
        Row(
            "terms not signed", .refused("TERMS_NOT_SIGNED"),
            "over; rest due; hold configuration TERMS_NOT_SIGNED 900 s"),
        Row(
            "the credential is wrong", .credential,
            "over; rest due; hold credential UNAUTHENTICATED 900 s"),
        Row(
            "too many requests",
            .ingest(
                .trouble(
                    .throttled(
                        code: "RESOURCE_EXHAUSTED", httpStatus: 429, retryAfter: .seconds(20)))),
            "over; rest due"),
        Row(
            "a code that no table has", .refused("NEW_CODE"), "over; rest due; alert NEW_CODE"),
        Row(
            "a code that no table has, for the sixth time", .refused("NEW_CODE"),
            "over; 0 held: NEW_CODE; alert NEW_CODE", of: request(1, tries: 6)),
    ]

    static let doubtful: [Row] = [
        Row("an answer is lost", .uncertain(), "again in 0 s; doubt answerLost"),
        Row(
            "an answer is lost, and a pause asked for", .uncertain(.seconds(30)),
            "again in 30 s; doubt answerLost"),
        Row(
            "the credential is wrong after a lost answer", .credential,
            "again in 900 s; hold credential UNAUTHENTICATED 900 s",
            of: request(4, doubt: .answerLost)),
        Row(
            "refused by its form after a lost answer",
            .refused("INVALID", [1: "INVALID_GCLID"]),
            "over; 1 rejected: INVALID_GCLID; part 0 2 3 answerLost",
            of: request(4, doubt: .answerLost)),
        Row(
            "refused though it was taken before", .refused("INVALID", [1: "INVALID_GCLID"]),
            "over; 1 unknown: INVALID_GCLID; part 0 2 3 acceptedBefore",
            of: request(4, doubt: .acceptedBefore)),
        Row(
            "there, though refused and taken before", .refused("DUPLICATE", [1: "DUPLICATE"]),
            "over; 1 confirmed; part 0 2 3 acceptedBefore",
            of: request(4, doubt: .acceptedBefore)),
    ]

    static let verdicts: [Row] = [
        Row("success", .final(.success), "over; rest confirmed"),
        Row("undecided", .status(.processing), "asked in 3600 s"),
        Row(
            "undecided for long", .status(.processing), "asked in 21600 s", of: request(4, polls: 9)
        ),
        Row(
            "forgotten", .status(.gone(code: "NOT_FOUND", httpStatus: 404)),
            "again in 0 s; doubt acceptedBefore"),
        Row(
            "forgotten too often", .status(.gone(code: "NOT_FOUND", httpStatus: 404)),
            "over; rest unknown: verdict_lost", of: request(4, losses: 20)),
        Row(
            "one failed, pointed at",
            .final(.partial, .init(code: "INVALID_GCLID", records: 1, uploads: [2])),
            "over; 2 rejected: INVALID_GCLID; rest confirmed"),
        Row(
            "one failed, not pointed at",
            .final(.partial, .init(code: "INVALID_GCLID", records: 1)),
            "over; part 0 1 acceptedBefore; part 2 3 acceptedBefore"),
        Row(
            "one pointed at, another not",
            .final(
                .partial, .init(code: "INVALID_GCLID", records: 1, uploads: [2]),
                .init(code: "MISMATCH", records: 1)),
            "over; 2 rejected: INVALID_GCLID; part 0 1 acceptedBefore; part 3 acceptedBefore"),
        Row(
            "all failed for one reason",
            .final(.failed, .init(code: "INVALID_GCLID", records: 2)),
            "over; 0 rejected: INVALID_GCLID; 1 rejected: INVALID_GCLID", of: request(2)),
        Row(
            "some are there already", .final(.partial, .init(code: "DUPLICATE", records: 2)),
            "over; rest confirmed"),
        Row(
            "some failed for the platform's own reason",
            .final(.partial, .init(code: "INTERNAL_ERROR", records: 2)),
            "over; part 0 1 2 3 acceptedBefore in 60 s"),
        Row(
            "alone, too young a click",
            .final(.failed, .init(code: "TOO_RECENT_CLICK", records: 1)),
            "over; 0 held: TOO_RECENT_CLICK until 21600 s", of: request(1)),
        Row(
            "alone, a failure without a reason", .final(.failed),
            "over; 0 held: FAILED until 60 s", of: request(1)),
        Row(
            "terms not signed",
            .final(.failed, .init(code: "TERMS_NOT_SIGNED", records: 2)),
            "over; 0 held: TERMS_NOT_SIGNED until 900 s; 1 held: TERMS_NOT_SIGNED until 900 s; "
                + "hold configuration TERMS_NOT_SIGNED 900 s", of: request(2)),
    ]

    @Test(arguments: rows) func decides(row: Row) {
        let plan = UploadPlan(verdicts: Bench.verdicts, timing: UploadTiming(), now: Sample.now)
        let aftermath =
            switch row.answer {
            case .ingest(let answer): plan.after(answer, to: row.request)
            case .status(let answer): plan.after(answer, to: row.request)
            }
        #expect(aftermath.words == row.consequence)
    }

    @Test func everyMemberHasOneFate() {
        let plan = UploadPlan(verdicts: Bench.verdicts, timing: UploadTiming(), now: Sample.now)
        for row in Self.rows {
            let aftermath =
                switch row.answer {
                case .ingest(let answer): plan.after(answer, to: row.request)
                case .status(let answer): plan.after(answer, to: row.request)
                }
            let told = Array(aftermath.outcomes.keys) + aftermath.parts.flatMap(\.members)
            #expect(Set(told).count == told.count, "\(row.testDescription)")
            guard aftermath.ending == .over, aftermath.rest == nil else { continue }
            #expect(told.sorted() == Array(row.request.members.indices), "\(row.testDescription)")
        }
    }

    @Test func halvesARequestThatAloneIsNotAnswered() {
        let plan = UploadPlan(verdicts: Bench.verdicts, timing: UploadTiming(), now: Sample.now)
        guard case .ingest(let lost) = Answer.uncertain() else { return }
        let third = plan.after(lost, to: Self.request(4, attempts: 2), mayHalve: true)
        #expect(third.parts.isEmpty)
        let fourth = plan.after(lost, to: Self.request(4, attempts: 3), mayHalve: true)
        #expect(fourth.words == "over; part 0 1 answerLost; part 2 3 answerLost")
        let away = plan.after(lost, to: Self.request(4, attempts: 3), mayHalve: false)
        #expect(away.parts.isEmpty)
    }

    static func request(
        _ count: Int, isValidation: Bool = false, doubt: OpenRequest.Doubt = .none,
        attempts: Int = 0, polls: Int = 0, losses: Int = 0, tries: Int = 1
    ) -> OpenRequest {
        OpenRequest(
            number: 1, isValidation: isValidation, doubt: doubt, attempts: attempts, polls: polls,
            losses: losses, platformID: nil,
            members: (0..<count).map { index in
                OpenRequest.Member(
                    upload: Int64(index), content: Sample.content(100), tries: tries)
            })
    }
}

extension Aftermath {
    /// The consequence as a person would tell it; times count from `Sample.now`.
    fileprivate var words: String {
        func seconds(_ time: Timestamp) -> String {
            "\(Int((time - Sample.now).fractionalSeconds)) s"
        }
        func fate(_ outcome: Outcome) -> String {
            let until = outcome.fate.until.map { " until \(seconds($0))" } ?? ""
            return outcome.fate.code.map { "\(outcome.fate.state): \($0)\(until)" }
                ?? "\(outcome.fate.state)"
        }
        var words: [String] = []
        switch ending {
        case .again(let at): words.append("again in \(seconds(at))")
        case .accepted(let id, let at): words.append("accepted as \(id), asked in \(seconds(at))")
        case .ask(let at): words.append("asked in \(seconds(at))")
        case .over: words.append("over")
        }
        for (index, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            words.append("\(index) \(fate(outcome))")
        }
        for part in parts {
            let wait = part.sendAt > Sample.now ? " in \(seconds(part.sendAt))" : ""
            let members = part.members.map(\.description).joined(separator: " ")
            words.append("part \(members) \(part.doubt)\(wait)")
        }
        if let rest { words.append("rest \(fate(rest))") }
        if let doubt { words.append("doubt \(doubt)") }
        if let hold {
            words.append("hold \(hold.code.rawValue) \(hold.detail) \(seconds(hold.until))")
        }
        words += unknownCodes.map { "alert \($0)" }
        return words.joined(separator: "; ")
    }
}

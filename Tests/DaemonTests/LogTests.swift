import Daemon
import Foundation
import Synchronization
import Testing
import Time

/// Goal: one line an occurrence, repeats counted, nothing that breaks a line. Method: a log that
/// writes into memory, under a clock moved by hand.
@Suite struct LogTests {
    private let lines = Lines()
    private let clock = HandClock()

    private func log(level: Log.Level = .notice, format: Log.Format = .text) -> Log {
        Log(level: level, format: format, clock: clock) { [lines] in lines.add($0) }
    }

    @Test func writesTextForATerminal() {
        log().notice("Batch accepted.", [.collector: "c 1", .events: 3, .code: ""])
        #expect(
            lines.all == [
                "2026-01-01T00:00:00.000Z notice Batch accepted. collector=\"c 1\" events=3 code=\"\"\n"
            ])
    }

    @Test func writesJSONThatParses() throws {
        let foreign = "quote \" backslash \\ newline \n bell \u{7} é \u{2028} \u{9B}"
        log(format: .json).error(
            "It broke.", [.cause: foreign, .events: 3, LogField("is_late"): true])
        let line = try #require(lines.all.first)
        #expect(line.utf8.count(where: { $0 == UInt8(ascii: "\n") }) == 1)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["cause"] as? String == foreign)
        #expect(object["events"] as? Int == 3)
        #expect(object["is_late"] as? Bool == true)
        #expect(object["time"] as? String == "2026-01-01T00:00:00.000Z")
    }

    @Test func cutsLongText() throws {
        log().notice("Long.", [.cause: String(repeating: "é", count: 10_000)])
        #expect(try #require(lines.all.first).utf8.count < 600)
    }

    @Test func keepsQuietBelowItsLevel() {
        let log = log(level: .warning)
        log.notice("Not this.")
        log.debug("Nor this.")
        log.warning("But this.")
        log.level = .debug
        log.debug("And this.")
        #expect(lines.all.count == 2)
    }

    @Test func countsRepeatsWithinThirtySeconds() {
        let log = log()
        for count in 1...5 { log.warning("Refused.", [.events: count]) }
        log.warning("Refused.", [.code: "other"])
        #expect(lines.all.count == 2)
        clock.advance(by: .seconds(30))
        log.warning("Refused.", [.events: 6])
        #expect(lines.all.last?.contains("events=6 repeated=4") == true)
    }

    @Test func tellsACountEvenIfTheLineDoesNotComeAgain() {
        let log = log()
        for _ in 1...3 { log.warning("Refused.") }
        clock.advance(by: .seconds(31))
        log.notice("Something else.")
        #expect(lines.all.contains { $0.contains("Refused. repeated=2") })
        for _ in 1...2 { log.warning("Refused.") }
        log.flush()
        #expect(lines.all.last?.contains("Refused. repeated=1") == true)
    }

    @Test func neverHoldsBackAccessLines() {
        let log = log()
        for _ in 1...3 { log.access("Answered.", [(.code, "200")]) }
        #expect(lines.all.count == 3)
    }

    @Test func countsWhatOneSubjectIsRefusedAgainAndAgain() {
        let log = log()
        for _ in 1...3 {
            log.refusal("Refused.", [(.request, "1"), (.code, "x")], of: 1)
            log.refusal("Refused.", [(.request, "2"), (.code, "x")], of: 2)
        }
        #expect(lines.all.count == 2)
        clock.advance(by: .seconds(30))
        log.refusal("Refused.", [(.code, "x")], of: 1)
        #expect(lines.all.filter { $0.hasSuffix("repeated=2\n") }.count == 2)
    }

    @Test func aCrowdOfSubjectsDoesNotFloodTheLog() {
        let log = log()
        for subject in 0..<5000 { log.refusal("Refused.", [(.code, "x")], of: subject) }
        #expect(lines.all.count == 1001)
        log.flush()
        #expect(lines.all.last?.contains("repeated=3999") == true)
    }

    @Test func tellsFaultsInFullAndOthersByType() {
        struct Foreign: Error, CustomStringConvertible { let description = "mail@example.org" }
        let log = log()
        log.error("Failed.", service: "buffer", because: SystemFault("write", code: 28))
        log.error("Failed.", service: "buffer", because: Foreign())
        #expect(lines.all[0].contains("no space left on the disk"))
        #expect(lines.all[1].contains("cause=Foreign"))
        #expect(!lines.all[1].contains("example"))
    }

    @Test func aSecretNeverShows() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2") == false)
        #expect(secret.revealed == "hunter2")
    }
}

/// Lines that a log wrote.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: [UInt8]) {
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
}

/// A wall clock that starts in 2026 and moves by hand.
final class HandClock: WallClock {
    private let time = Mutex(Timestamp(unixSeconds: 1_767_225_600))
    func now() -> Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}

import Testing
import Time

@testable import ConveyProtocol

/// Goal: an event's time is corrected only where the rules say so, and the stated one is kept.
/// Method: the decider alone, then the correction of written bytes.
@Suite struct EventTimeTests {
    static let received = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!

    static func decide(
        _ stated: Duration?, sent: Duration? = nil, isBrowser: Bool = true
    ) -> EventTime {
        EventTime(
            stated: stated.map { received + $0 }, sentAt: sent.map { received + $0 },
            receivedAt: received, isBrowser: isBrowser)
    }

    @Test func aMissingTimeIsTheTimeOfReceipt() {
        #expect(Self.decide(nil, sent: .seconds(900)).occurredAt == Self.received)
    }

    @Test func aBrowsersClockIsCorrectedBeyondAMinute() {
        let time = Self.decide(.seconds(-3700), sent: .seconds(-3600))
        #expect(time.occurredAt == Self.received - .seconds(100))
        #expect(time.clientTime == Self.received - .seconds(3700))
        #expect(time.flag == .clockCorrected)
        #expect(Self.decide(.seconds(-70), sent: .seconds(-60)).flag == nil)
        #expect(
            Self.decide(.seconds(70), sent: .seconds(61)).occurredAt == Self.received + .seconds(9))
    }

    @Test func aServersClockIsNot() {
        let time = Self.decide(.seconds(-3700), sent: .seconds(-3600), isBrowser: false)
        #expect(time.occurredAt == Self.received - .seconds(3700))
        #expect(time.clientTime == nil)
    }

    @Test func theFutureIsClamped() {
        #expect(Self.decide(.seconds(86_400), isBrowser: false).flag == nil)
        let time = Self.decide(.seconds(86_401), isBrowser: false)
        #expect(time.occurredAt == Self.received)
        #expect(time.clientTime == Self.received + .seconds(86_401))
        #expect(time.flag == .futureClamped)
    }

    func corrected(_ text: String, by milliseconds: Int64, _ edge: Edge = Edge()) throws -> String {
        let json = try edge.write(text).json
        var bytes = Array("before".utf8)
        let isWritten = ClockCorrection.append(
            Array(json.utf8).span, shiftedBy: milliseconds, to: &bytes)
        #expect(isWritten)
        return String(decoding: bytes.dropFirst(6), as: UTF8.self)
    }

    @Test func correctsWhatCameFromTheCollectorsClock() throws {
        let json = try corrected(#"{"id":"e","type":"t","data":{"received_at":"x"}}"#, by: -90_500)
        #expect(
            json.contains(
                #""occurred_at":"2026-03-01T11:58:29.500Z","received_at":"2026-03-01T11:58:29.500Z","clock_offset_ms":-90500,"data":{"received_at":"x"}}"#
            ))
        if case .faulty(let fault, _, _) = Edge.read(json) { Issue.record("\(fault)") }
    }

    @Test func leavesTheSendersOwnTime() throws {
        let json = try corrected(
            #"{"id":"e","type":"t","occurred_at":"2026-03-01T11:00:00Z"}"#, by: 86_400_000)
        #expect(
            json.contains(
                #""occurred_at":"2026-03-01T11:00:00.000Z","received_at":"2026-03-02T12:00:00.000Z","clock_offset_ms":86400000}"#
            ))
    }

    @Test func movesATimeThatWasCorrectedByTheCollectorsClock() throws {
        var edge = Edge.browser
        edge.sentAt = Self.received - .seconds(3600)
        let json = try corrected(
            #"{"id":"e","type":"t","occurred_at":"2026-03-01T10:59:00Z"}"#, by: 1000, edge)
        #expect(json.contains(#""occurred_at":"2026-03-01T11:59:01.000Z""#))
        #expect(json.contains(#""client_time":"2026-03-01T10:59:00.000Z""#))
    }

    @Test func correctsTwiceAsOnceBySum() throws {
        let once = try corrected(#"{"id":"e","type":"t"}"#, by: 700)
        var bytes: [UInt8] = []
        let isWritten = ClockCorrection.append(Array(once.utf8).span, shiftedBy: 300, to: &bytes)
        #expect(isWritten)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == (try corrected(#"{"id":"e","type":"t"}"#, by: 1000)))
    }

    @Test func leavesForeignBytesAlone() {
        for text in ["", "{}", #"{"occurred_at":"2026-03-01T11:00:00.000Z"}"#, "x"] {
            var bytes: [UInt8] = []
            let isWritten = ClockCorrection.append(
                Array(text.utf8).span, shiftedBy: 1, to: &bytes)
            #expect(!isWritten)
            #expect(bytes.isEmpty)
        }
    }
}

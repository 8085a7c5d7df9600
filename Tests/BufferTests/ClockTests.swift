import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing
import Time

/// Goal: events carry the aggregator's time, whatever the machine's clock says. Method: clocks that
/// are wrong, stepped and learnt late.
@Suite struct ClockTests {
    private func time(_ name: String, _ line: String) throws -> Timestamp {
        let start = try #require(line.range(of: "\"\(name)\":\"")).upperBound
        return try #require(Timestamp(rfc3339: String(line[start...].prefix(24))))
    }

    @Test func eventsBeforeTheFirstAnswerAreCorrectedOnce() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        let wall = fixture.clock.wall.now()
        await fixture.append(["early"])
        fixture.clock.advance(by: .seconds(10))
        fixture.uptime.advance(by: .seconds(10))
        fixture.learn(ahead: .seconds(86_400))
        await fixture.append(["late"])
        let lines = try await text(fixture.batch())
        #expect(try time("received_at", lines[0]) == wall + .seconds(86_400))
        #expect(try time("occurred_at", lines[0]) == wall + .seconds(86_400))
        #expect(try time("received_at", lines[1]) == wall + .seconds(86_410))
        #expect(lines.allSatisfy { $0.contains("\"clock_offset_ms\":86400000") })
        // Another answer, another offset: what was corrected stays.
        fixture.learn(ahead: .seconds(50))
        await fixture.reopen()
        #expect(try await text(fixture.batch()) == lines)
    }

    @Test func aStepOfTheWallClockBeforeTheFirstAnswerIsSeenThrough() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        let start = fixture.clock.wall.now()
        await fixture.append(["before"])
        fixture.clock.setWall(start - .seconds(1_000_000))
        fixture.uptime.advance(by: .seconds(5))
        await fixture.append(["after"])
        fixture.uptime.advance(by: .seconds(5))
        fixture.buffer.clock.learn(start + .seconds(10), sentAt: fixture.buffer.clock.reading())
        let lines = try await text(fixture.batch())
        #expect(try time("received_at", lines[0]) == start)
        #expect(try time("received_at", lines[1]) == start + .seconds(5))
    }

    @Test func aStepAfterwardsMovesNothing() async throws {
        let fixture = try await Fixture()
        let start = fixture.clock.wall.now()
        fixture.clock.setWall(start + .seconds(7200))
        fixture.uptime.advance(by: .seconds(3))
        let stamp = fixture.buffer.clock.stamp()
        #expect(stamp.time == start + .seconds(3))
        #expect(stamp.offsetMilliseconds == -7_197_000)
        #expect(fixture.buffer.clock.offset == .seconds(-7197))
    }

    @Test func onlyTimesThatCameFromOurClockAreMoved() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        let stamp = fixture.buffer.clock.stamp()
        let received = stamp.time.description
        func line(_ id: String, _ occurred: String, _ more: String) -> [UInt8] {
            Array(
                ("{\"id\":\"\(id)\",\"type\":\"purchase\",\"site\":\"s\",\"source\":\"server\",\"class\":\"server_key\","
                    + "\"occurred_at\":\"\(occurred)\",\"received_at\":\"\(received)\"\(more),"
                    + "\"clock_offset_ms\":0,\"data\":{\"received_at\":\"\(received)\"}}").utf8)
        }
        let own = "2020-05-05T05:05:05.555Z"
        var events = IncomingEvents(stamp: stamp)
        events.add(line("same", received, ""), to: .conversion)
        events.add(line("server", own, ""), to: .conversion)
        events.add(line("browser", own, ",\"client_time\":\"\(own)\""), to: .conversion)
        events.add(Array("{\"id\":\"odd\\u0041\"}".utf8), to: .conversion)
        _ = await fixture.buffer.append(events)
        fixture.learn(ahead: .milliseconds(-2500))
        let lines = try await text(fixture.batch())
        let moved = (stamp.time - .milliseconds(2500)).description
        #expect(
            lines[0].contains(
                "\"occurred_at\":\"\(moved)\",\"received_at\":\"\(moved)\",\"clock_offset_ms\":-2500,\"data\":{\"received_at\":\"\(received)\"}}"
            ))
        #expect(lines[1].contains("\"occurred_at\":\"\(own)\",\"received_at\":\"\(moved)\""))
        #expect(
            lines[2].contains(
                "\"occurred_at\":\"2020-05-05T05:05:03.055Z\",\"received_at\":\"\(moved)\",\"client_time\":\"\(own)\""
            ))
        #expect(lines[3] == "{\"seq\":4,\"id\":\"odd\\u0041\"}")
    }

    @Test func eventsOfAnEarlierStartOfTheMachineMoveByTodaysOffset() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        let start = fixture.clock.wall.now()
        await fixture.append(["before"])
        await fixture.reopen(isClockKnown: false)
        fixture.learn(ahead: .seconds(30))
        let line = try await text(fixture.batch())[0]
        #expect(try time("received_at", line) == start + .seconds(30))
    }

    @Test func vagueAnswersThatAgreeAddNoJitter() {
        let uptime = ManualUptime()
        let wall = ManualClock()
        let clock = EdgeClock(wall: wall.wall, uptime: uptime)
        let start = wall.wall.now()
        clock.learn(start, sentAt: clock.reading())
        let sent = clock.reading()
        uptime.advance(by: .seconds(4))
        clock.learn(start + .seconds(3), sentAt: sent)
        #expect(clock.stamp().time == start + .seconds(4))
        // One that cannot be reconciled wins.
        clock.learn(start + .seconds(100), sentAt: clock.reading())
        #expect(clock.stamp().time == start + .seconds(100))
        #expect(clock.isCorrected)
    }

    @Test func manyUncorrectedChunksAreAllCorrected() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        for number in 0..<100 { await fixture.append(["\(number)"]) }
        fixture.learn(ahead: .seconds(5))
        var header: BatchHeader?
        var lines: [String] = []
        while header?.coverage.isEmpty != true {
            let batch = try await fixture.batch(after: header)
            lines += try text(batch)
            header = batch.header
        }
        #expect(lines.map(id) == (0..<100).map(String.init))
        #expect(lines.allSatisfy { $0.contains("\"clock_offset_ms\":5000") })
    }
}

import Buffer
import ConveyProtocol
import Daemon
import Foundation
import TestSupport
import Testing
import Time

/// Goal: what was acknowledged is on the disk, in order, once. Method: events in, the file opened
/// again, batches out.
@Suite struct AppendTests {
    @Test func storedEventsOutliveTheProcess() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.append(["a", "b"]) == nil)
        #expect(await fixture.append(["c"], .pageview) == nil)
        // No close: the next one finds the file as a killed process leaves it.
        await fixture.replace()
        #expect(fixture.figures().stored == 2)
        #expect(fixture.figures(.pageview).pending == 1)
        let lines = try await text(fixture.batch())
        #expect(
            lines.map { $0.prefix(20) } == [
                "{\"seq\":1,\"id\":\"a\",\"t", "{\"seq\":2,\"id\":\"b\",\"t",
            ])
        #expect(fixture.buffer.statistics.isBalanced)
    }

    @Test func manyRequestsKeepTheirOrderAndShareCommits() async throws {
        let fixture = try await Fixture()
        let stored = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<500 {
                group.addTask { await fixture.append(["\(index)-0", "\(index)-1"]) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(stored == 500)
        let lines = try await text(fixture.batch())
        #expect(lines.count == 1000)
        for pair in stride(from: 0, to: 1000, by: 2) {
            let first = id(lines[pair])
            #expect(first.hasSuffix("-0"))
            #expect(id(lines[pair + 1]) == first.dropLast(2) + "-1")
        }
        #expect(Set(lines.map(id)).count == 1000)
    }

    @Test func oneRequestMayHaveEventsOfAllLanes() async throws {
        let fixture = try await Fixture()
        let stamp = fixture.buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for lane in Lane.allCases {
            for index in 0...lane.number {
                events.add(Fixture.event("\(lane)-\(index)", stamp), to: lane)
            }
        }
        let refusals = await fixture.buffer.append(events)
        #expect(Lane.allCases.allSatisfy { refusals[$0] == nil })
        for lane in Lane.allCases {
            #expect(fixture.figures(lane).stored == Int64(lane.number + 1))
            #expect(events.count(lane) == lane.number + 1)
        }
    }

    @Test func largeRequestsBecomeSeveralChunks() async throws {
        let fixture = try await Fixture()
        let stamp = fixture.buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for index in 0..<20 {
            events.add(Fixture.event("\(index)", stamp, padding: 40_000), to: .interaction)
        }
        #expect(await fixture.buffer.append(events)[.interaction] == nil)
        let lines = try await text(fixture.batch(.interaction))
        #expect(lines.map(id) == (0..<20).map(String.init))
    }

    @Test func afterTheStopNothingIsTaken() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.append(["a"]) == nil)
        await fixture.buffer.close()
        #expect(await fixture.append(["b"]) == .stopping)
        #expect(fixture.figures().refused == ["stopping": 1])
        await fixture.replace()
        #expect(fixture.figures().stored == 1)
    }

    @Test func theServiceCommitsWhatWaitsWhenItIsStopped() async throws {
        let fixture = try await Fixture()
        let service = Task { try await fixture.buffer.run() }
        await fixture.clock.sleepers(atLeast: 1)
        #expect(await fixture.append(["a"]) == nil)
        service.cancel()
        try await service.value
        #expect(fixture.buffer.statistics.condition == .refusing(.stopping))
        await fixture.replace()
        #expect(fixture.figures().stored == 1)
    }

    @Test func whoWaitsForEventsOfALaneIsCalled() async throws {
        let fixture = try await Fixture()
        async let called: Void = fixture.buffer.arrivals[.interaction]
            .wait(atMost: .seconds(3600), by: fixture.clock)
        await fixture.clock.sleepers(atLeast: 1)
        await fixture.append(["a"], .interaction)
        // The clock stands still: only the bell can end this.
        await called
    }

    @Test func smallValuesAreKept() async throws {
        let fixture = try await Fixture()
        #expect(try await fixture.buffer.kept("settings") == nil)
        try await fixture.buffer.keep([1, 2], as: "settings")
        try await fixture.buffer.keep([3], as: "settings")
        try await fixture.buffer.keep([], as: "empty")
        await fixture.reopen()
        #expect(try await fixture.buffer.kept("settings") == [3])
        #expect(try await fixture.buffer.kept("empty") == [])
        try await fixture.buffer.keep(nil, as: "settings")
        #expect(try await fixture.buffer.kept("settings") == nil)
    }
}

/// The event lines of a batch.
func text(_ batch: SealedBatch) throws -> [String] {
    var opener = BatchOpener()
    let opened = try opener.open(zstd: batch.body.span)
    return opened.lines.map { String(decoding: opened.bytes[$0], as: UTF8.self) }
}

func id(_ line: String) -> String {
    let start = line.range(of: "\"id\":\"")!.upperBound
    return String(line[start..<line[start...].firstIndex(of: "\"")!])
}

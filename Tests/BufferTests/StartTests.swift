import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing

/// Goal: a start costs the same however much waits. Method: a process of its own counts the bytes
/// that it reads (`/proc/self/io`) while it opens a buffer, and one that is three times as full.
@Suite struct StartTests {
    private static let isChild = ChildProcess.isChild

    @Test(.enabled(if: !isChild)) func costsTheSameHoweverMuchWaits() async throws {
        let ending = try await ChildProcess.run(
            filter: "StartTests/child_opensBoth", environment: [:])
        #expect(ending == .exited(0))
    }

    @Test(.enabled(if: isChild)) func child_opensBoth() async throws {
        let small = try await costOfOpening(events: 390)
        let large = try await costOfOpening(events: 790)
        // Beyond the size up to which a file is read in full.
        #expect(small.usedBytes > 17_000_000)
        #expect(large.usedBytes > small.usedBytes * 2)
        #expect(small.bytesRead > 0)
        #expect(large.bytesRead < 1_000_000)
        #expect(large.bytesRead < small.bytesRead + 100_000)
    }

    private func costOfOpening(events: Int) async throws -> (usedBytes: Int64, bytesRead: Int) {
        let fixture = try await Fixture()
        // Four go into a chunk; none of them is like another.
        let texts = (0..<5).map { noise(seed: UInt64($0), byteCount: 45_000) }
        for part in stride(from: 0, to: events, by: 10) {
            let stamp = fixture.buffer.clock.stamp()
            var incoming = IncomingEvents(stamp: stamp)
            for index in part..<part + 10 {
                incoming.add(Fixture.event("\(index)-\(texts[index % 5])", stamp), to: .conversion)
            }
            #expect(await fixture.buffer.append(incoming)[.conversion] == nil)
        }
        await fixture.buffer.close()
        let before = try Self.bytesRead()
        await fixture.replace()
        let after = try Self.bytesRead()
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(fixture.figures().pending == Int64(events))
        return (fixture.buffer.statistics.usedBytes, after - before)
    }

    private static func bytesRead() throws -> Int {
        let lines = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
        let line = try #require(lines.split(separator: "\n").first { $0.hasPrefix("rchar: ") })
        return try #require(Int(line.dropFirst(7)))
    }
}

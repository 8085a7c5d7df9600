import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing

/// Goal: an operator sees what the buffer holds without disturbing it. Method: look into a file that
/// another connection is writing.
@Suite struct BufferViewTests {
    private func lines(
        _ fixture: Fixture, _ lane: Lane = .conversion, all: Bool = false, limit: Int = .max
    ) throws -> [String] {
        var lines: [String] = []
        guard var view = try BufferView(BufferPlace(path: fixture.path)) else { return [] }
        try view.events(of: lane, includesReceipted: all) { line in
            lines.append(String(decoding: line, as: UTF8.self))
            return lines.count < limit
        }
        return lines
    }

    @Test func showsEachEventWithItsNumber() async throws {
        let fixture = try await Fixture()
        await fixture.append(["a", "b"])
        await fixture.append(["c"])
        let lines = try lines(fixture)
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix(#"{"seq":1,"id":"a","#))
        #expect(lines[2].hasPrefix(#"{"seq":3,"id":"c","#))
        #expect(try self.lines(fixture, limit: 2).count == 2)
        for line in lines {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
        #expect(try self.lines(fixture, .pageview).isEmpty)
    }

    @Test func hidesWhatHasAReceiptUnlessAsked() async throws {
        let fixture = try await Fixture()
        await fixture.append(["a", "b"])
        var ledger = TestLedger()
        let batch = try await fixture.batch()
        guard case .receipt(let receipt) = try ledger.take(batch, at: fixture.clock.wall.now())
        else {
            Issue.record("The ledger refused.")
            return
        }
        #expect(try await fixture.buffer.apply(receipt, to: batch.header) == .advanced)
        await fixture.append(["c"])
        #expect(try lines(fixture).map { $0.contains(#""seq":3,"#) } == [true])
        #expect(try lines(fixture, all: true).count == 3)
    }

    @Test func listsRunsOfEvents() async throws {
        let fixture = try await Fixture()
        await fixture.append(["a", "b"])
        await fixture.append(["c"])
        var segments: [BufferView.Segment] = []
        let view = try BufferView(BufferPlace(path: fixture.path))
        try view?.segments(of: .conversion) { segment in
            segments.append(segment)
            return true
        }
        #expect(segments.map(\.seqs) == [1...2, 3...3])
        #expect(segments.allSatisfy { !$0.isReceipted && $0.storedBytes > 0 && $0.lineBytes > 0 })
    }

    @Test func aMissingFileIsAFault() throws {
        #expect(throws: BufferFault.self) {
            if let view = try BufferView(BufferPlace(path: "/nowhere/buffer.db")) {
                try view.segments(of: .conversion) { _ in false }
            }
        }
    }
}

import ConveyProtocol
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Buffer

/// Goal: a reader that looks for long neither stops commits nor makes the log grow for ever after.
/// Method: the plan by hand; a real reader in the middle of a transaction.
@Suite struct CheckpointTests {
    @Test func copiesWhenTheLogIsLongAndWaitsForReadersOnlyNowAndThen() {
        var plan = CheckpointPlan(pages: 100, written: 1000)
        #expect(plan.mode(written: 1099) == nil)
        #expect(plan.mode(written: 1100) == .passive)
        plan.ended(isComplete: true, written: 1100)
        #expect(plan.mode(written: 1150) == nil)
        var (written, passive, waiting) = (1200, 0, 0)
        while written < 6000 {
            switch plan.mode(written: written) {
            case .passive: passive += 1
            case .truncate: waiting += 1
            case nil:
                written += 1
                continue
            }
            plan.ended(isComplete: false, written: written)
        }
        #expect(passive == 8)
        #expect((8...12).contains(waiting))
        plan.ended(isComplete: true, written: written)
        #expect(plan.mode(written: written + 100) == .passive)
    }

    @Test func aLongLookHoldsNoCommitUp() async throws {
        let fixture = try await Fixture(
            limits: BufferLimits(bytesMax: 1 << 24, waitingBytesMax: 1 << 18))
        await fixture.append(["first"])
        let reader = try Connection(path: fixture.path, mode: .reader)
        try reader.execute("BEGIN")
        _ = try reader.prepare("SELECT count(*) FROM chunk").next()
        for number in 0..<300 {
            let id = "\(number)-" + noise(seed: UInt64(number), byteCount: 6000)
            #expect(await fixture.append([id]) == nil)
        }
        let log = { FileManager.default.contents(atPath: fixture.path + "-wal")?.count ?? 0 }
        #expect(log() > 2_000_000)
        try reader.execute("COMMIT")
        for number in 300..<700 { await fixture.append(["\(number)"]) }
        await fixture.reopen()
        #expect(log() < 1_000_000)
        #expect(fixture.figures().stored == 701)
    }
}

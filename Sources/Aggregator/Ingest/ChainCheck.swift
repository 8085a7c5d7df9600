import ConveyProtocol
import Crypto

/// Holds what is new in a batch against the ledger's chain.
/// - Source: protocol/SPEC.md, section 4.
struct ChainCheck: Sendable {
    /// False where the batch does not fit; it is stored all the same.
    let matches: Bool
    /// The ledger's value afterwards; a batch that does not fit sets the value it states, so that one
    /// fault is found once. Nil only where nothing was ever stored and the start is unknown.
    let head: SHA256Digest?

    init(_ batch: ReadBatch, on lane: LaneState, _ plan: LedgerPlan) {
        let coverage = batch.coverage
        let isNew = coverage.lastSeq >= lane.expectedSeq
        let startsAtHead = coverage.firstSeq == lane.expectedSeq
        guard isNew else {
            let differs = startsAtHead && lane.chain.map { $0 != coverage.chainBefore } ?? false
            matches = !differs
            head = lane.chain
            return
        }
        head = coverage.chainAfter
        if startsAtHead {
            matches = batch.chainHolds && lane.chain.map { $0 == coverage.chainBefore } ?? true
        } else {
            matches =
                lane.chain.map { Self.chain(from: $0, batch, plan) == coverage.chainAfter } ?? true
        }
    }

    /// The chain over what is new, from the ledger's own value.
    private static func chain(
        from start: SHA256Digest, _ batch: ReadBatch, _ plan: LedgerPlan
    ) -> SHA256Digest {
        var chain = Chain(after: start)
        var gaps = plan.freshGaps[...]
        for run in plan.fresh {
            while let gap = gaps.first, gap.last < run.first {
                chain.add(gap)
                gaps.removeFirst()
            }
            for line in run.lines { batch.opened.withLine(line) { _ = chain.add(line: $0) } }
        }
        for gap in gaps { chain.add(gap) }
        return chain.value
    }
}

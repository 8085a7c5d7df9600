extension Part {
    /// What each probe asks of the allocator and the processor: the same on every machine.
    static let counts = Part(
        name: "counts", sentence: "Allocations and instructions, against thresholds."
    ) { bench in
        var result = PartResult("counts", "Counts", bench)
        let counter = try await Counter(bench)
        var table = PartResult.Table(
            title: "Single rooms",
            columns: ["probe", "for each", "allocations", "bytes asked for", "instructions"])
        for probe in RoomProbe.all {
            let counts = try await counter.count(probe)
            table.rows.append([
                "`\(probe.name)`", probe.unit, Numbers.text(counts.allocations),
                Numbers.text(counts.bytes), counts.instructions.map { Numbers.text($0) } ?? "-",
            ])
            result.counts["\(probe.name).allocations_per_\(probe.unit)"] = counts.allocations
            result.counts["\(probe.name).instructions_per_\(probe.unit)"] = counts.instructions
        }
        table.notes = [
            """
            Two runs of different length, their difference divided by the units between: start-up does \
            not count. Allocations by a preloaded library, instructions by valgrind (cachegrind).
            """
        ]
        result.tables = [table, try await whole(counter, bench, &result.counts)]
        return result
    }

    private static func whole(
        _ counter: Counter, _ bench: Bench, _ counts: inout [String: Double]
    ) async throws -> PartResult.Table {
        var table = PartResult.Table(title: "The real programs", columns: WholeCounts.columns)
        for share in try await WholeCounts(counter: counter, bench: bench).measure() {
            table.rows.append(share.row)
            counts.merge(share.counts) { $1 }
        }
        table.notes = [
            """
            One client, one request after another, so that each is a commit of its own. Checkpoints are \
            among the fsyncs and writes. Under load many requests share a commit: see the intake's rates.
            """
        ]
        return table
    }
}

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
        result.tables = [table]
        return result
    }
}

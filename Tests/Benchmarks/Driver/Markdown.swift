/// The report as people read it.
enum Markdown {
    /// - Parameter old: where a part's newer figures may stand.
    static func report(_ results: [PartResult], beside old: WrittenReport) -> String {
        """
        # Benchmarks

        Written by `make bench`; do not edit. Each part tells when and on what it was measured, and stands
        beside a bare baseline of the same run: on another machine, compare ratios, not figures.

        \(machines(results) ?? old.machine.map { $0 + "\n" } ?? "")
        \(method)
        \(sections(results, old).joined(separator: "\n"))
        """
    }

    private static func sections(_ results: [PartResult], _ old: WrittenReport) -> [String] {
        Part.all.compactMap { part in
            let result = results.first { $0.part == part.name }
            let written = old.sections[part.name]
            guard let result else { return written?.text }
            guard let written, written.measuredAt > result.measuredAt else {
                return section(result)
            }
            return written.text
        }
    }

    static func section(_ result: PartResult) -> String {
        let mode = result.isQuick ? ", short rounds (`--quick`): rough figures" : ""
        let head = """
            ## \(result.title)

            `convey-bench \(result.part)`, \(result.measuredAt)\(mode), \(result.rounds) \
            round\(result.rounds == 1 ? "" : "s"), load average before \(result.machine.loadBefore).

            """
        return head + result.tables.map(table).joined()
    }

    private static func table(_ table: PartResult.Table) -> String {
        let rule = table.columns.indices.map { $0 == 0 ? "---" : "---:" }
        let lines = ([table.columns, rule] + table.rows).map {
            "| \($0.joined(separator: " | ")) |"
        }
        let notes = table.notes.map { "\n\($0)\n" }.joined()
        return "\n### \(table.title)\n\n\(lines.joined(separator: "\n"))\n\(notes)"
    }

    private static func machines(_ results: [PartResult]) -> String? {
        let newest = results.max { $0.measuredAt < $1.measuredAt }
        guard let machine = newest?.machine else { return nil }
        return """
            **Machine:** \(machine.processor), \(machine.cores) cores, \(machine.memory) memory, Linux \
            \(machine.kernel), databases on \(machine.fileSystem). \(machine.pinning)

            """
    }

    private static let method = """
        **Method:** servers are the real programs as `make build` makes them, started as processes of
        their own. The load comes from the same machine, by a generator in C
        (`Tests/Benchmarks/Native/load.c`) whose events all have ids of their own and differ as a shop's
        do. Baselines and programs take turns, round by round; a ratio is that of the medians. CPU is what
        the kernel charged the server's process (`/proc/<pid>/stat`). Latencies run from the moment a
        request was due, not from the moment it could be sent: a stall counts for all that it delays.

        """
}

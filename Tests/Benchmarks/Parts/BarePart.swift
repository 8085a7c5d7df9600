extension Part {
    /// What the disk gives before a line of Convey runs.
    static let bare = Part(
        name: "bare", sentence: "Bare baselines: append + fdatasync, SQLite insert."
    ) { bench in
        var result = PartResult("bare", "Bare baselines of the disk", bench)
        let folder = try bench.freshFolder("bare")
        defer { bench.remove(folder) }
        var table = PartResult.Table(
            title: "425-byte rows, one writer, every commit on disk",
            columns: [
                "rows a commit", "append + fdatasync, rows/s", "ms a commit",
                "SQLite WAL FULL, rows/s", "ms a commit", "SQLite CPU s per million",
            ])
        for rows in [1, 10, 100, 1_000] {
            table.rows.append(try disk(rows, in: folder, bench))
        }
        table.notes = ["Limit: the disk's flush. Nothing that waits for the disk can be faster."]
        result.tables = [table]
        return result
    }

    private static func disk(_ rows: Int, in folder: String, _ bench: Bench) throws -> [String] {
        var appends: [Native.DiskResult] = []
        var inserts: [Native.DiskResult] = []
        for round in 0..<bench.rounds {
            let paths = ("\(folder)/append-\(round)", "\(folder)/sqlite-\(rows)-\(round).db")
            appends.append(
                try Native.append(
                    to: paths.0, rowBytes: 425, rowsPerCommit: rows, seconds: bench.seconds / 2))
            inserts.append(
                try Native.insert(
                    into: paths.1, rowBytes: 425, rowsPerCommit: rows, seconds: bench.seconds / 2))
            bench.remove(paths.0)
            bench.remove(paths.1)
        }
        return [
            Numbers.text(rows), Numbers.text(appends.map(\.rowsPerSecond).median),
            Numbers.text(appends.map(\.millisecondsPerCommit).median),
            Numbers.text(inserts.map(\.rowsPerSecond).median),
            Numbers.text(inserts.map(\.millisecondsPerCommit).median),
            Numbers.text(inserts.map(\.cpuSecondsPerMillion).median),
        ]
    }
}

import Child
import FoundationEssentials

/// Counts what programs ask for, by preloading `Counting/counting.c` or under valgrind.
struct Counter: Sendable {
    private let bench: Bench
    private let folder: String
    /// The preloaded library.
    let library: String

    init(_ bench: Bench) async throws {
        self.bench = bench
        folder = try bench.freshFolder("counts")
        library = "\(folder)/counting.so"
        try await Self.run(
            "/usr/bin/cc",
            ["-O2", "-shared", "-fPIC", "-o", library]
                + ["\(bench.root)/Tests/Benchmarks/Counting/counting.c", "-ldl"],
            log: "\(library).log")
        // Without debugging information, which valgrind 3.19 cannot read (DWARF 5).
        try await Self.run(
            "/usr/bin/strip", ["-o", "\(folder)/stripped", Bench.ownPath],
            log: "\(folder)/strip.log")
    }

    /// One probe's needs for a unit.
    struct Counts: Sendable {
        let allocations: Double
        let bytes: Double
        /// Nil without valgrind.
        let instructions: Double?
    }

    func count(_ probe: RoomProbe) async throws -> Counts {
        let (few, many) = probe.unitsPerCall >= 100 ? (2, 12) : (20, 120)
        let units = Double((many - few) * probe.unitsPerCall)
        let less = try await preloaded(probe, few)
        let more = try await preloaded(probe, many)
        var instructions: Double?
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/valgrind") {
            let before = try await self.instructions(probe, few)
            instructions = (try await self.instructions(probe, many) - before) / units
        }
        return Counts(
            allocations: Double(more[.allocations] - less[.allocations]) / units,
            bytes: Double(more[.bytes] - less[.bytes]) / units, instructions: instructions)
    }

    /// What must be in the environment of a program to be counted.
    func environment(_ countsFile: String) -> [String: String] {
        ["LD_PRELOAD": library, "CONVEY_COUNTS": countsFile]
    }

    private func preloaded(_ probe: RoomProbe, _ calls: Int) async throws -> CountsFile {
        let file = "\(folder)/\(probe.name)-\(calls)"
        let child = try Program.start(
            Bench.ownPath, ["probe", probe.name, "\(calls)"], environment: environment(file),
            log: "\(file).log")
        guard await child.ended() == 0 else { throw BenchFault("see \(file).log") }
        return try CountsFile(file)
    }

    private func instructions(_ probe: RoomProbe, _ calls: Int) async throws -> Double {
        let log = "\(folder)/\(probe.name)-\(calls).valgrind"
        let child = try Program.start(
            "/usr/bin/valgrind",
            [
                "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                "\(folder)/stripped", "probe", probe.name, "\(calls)",
            ], log: log)
        let status = await child.ended()
        for line in (ProcFile.text(log) ?? "").split(separator: "\n") where line.contains("refs:") {
            let digits = line.drop { $0 != ":" }.filter(\.isNumber)
            if status == 0, let count = Double(digits) { return count }
        }
        throw BenchFault("see \(log)")
    }

    private static func run(_ tool: String, _ words: [String], log: String) async throws {
        let child = try Program.start(tool, words, log: log)
        guard await child.ended() == 0 else { throw BenchFault("\(tool) failed; see \(log)") }
    }
}

/// Counts as the preloaded library keeps them.
struct CountsFile: Sendable {
    /// In the order of `Counting/counting.c`.
    enum Kind: Int, CaseIterable {
        case allocations, bytes, syncs, diskWrites, socketWrites, reads, waits, statements
    }

    private let counts: [UInt64]

    init(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), data.count == 64 else {
            throw BenchFault("\(path) holds no counts")
        }
        let bytes = Array(data)
        counts = (0..<8).map { index in
            bytes[index * 8..<index * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    func difference(from before: CountsFile) -> [Kind: Double] {
        Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, Double(self[$0] - before[$0])) })
    }

    subscript(kind: Kind) -> Int64 { Int64(clamping: counts[kind.rawValue]) }
}

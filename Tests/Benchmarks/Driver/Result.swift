import FoundationEssentials
import Time

/// What one part measured; kept as JSON until the part runs again.
struct PartResult: Sendable, Codable {
    struct Table: Sendable, Codable {
        let title: String
        let columns: [String]
        var rows: [[String]] = []
        /// How it was measured, and what limits the figure.
        var notes: [String] = []
    }

    let part: String
    let title: String
    let measuredAt: String
    let isQuick: Bool
    var rounds: Int
    let machine: Machine
    var tables: [Table] = []
    /// What `thresholds.json` holds: counts, the same on every machine.
    var counts: [String: Double] = [:]

    init(_ part: String, _ title: String, _ bench: Bench) {
        (self.part, self.title) = (part, title)
        measuredAt = SystemClock().now().description
        isQuick = bench.isQuick
        rounds = bench.rounds
        machine = Machine(bench)
    }
}

/// Where results lie between runs, and the report made of them.
struct ResultFolder: Sendable {
    let path: String
    let root: String

    func keep(_ result: PartResult) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(result).write(to: URL(filePath: "\(path)/\(result.part).json"))
    }

    /// The newest result of each part, in the parts' order.
    func all() throws -> [PartResult] {
        try Part.all.compactMap { part in
            let file = "\(path)/\(part.name).json"
            guard let data = FileManager.default.contents(atPath: file) else { return nil }
            return try JSONDecoder().decode(PartResult.self, from: data)
        }
    }

    /// Parts that were never measured here, or longer ago, stay as they stand in the report.
    func writeReport() throws {
        let file = "\(root)/docs/benchmarks.md"
        let old = WrittenReport(ProcFile.text(file) ?? "")
        let text = Markdown.report(try all(), beside: old)
        try FileManager.default.createDirectory(
            atPath: "\(root)/docs", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }
}

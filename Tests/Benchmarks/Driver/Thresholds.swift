import FoundationEssentials

/// Counts that must not grow: allocations, instructions, system calls, statements, bytes.
struct Thresholds: Sendable {
    struct Limit: Sendable, Codable {
        /// The count itself may differ by a little from run to run; this is above it.
        let max: Double
        /// What it guards, where the name does not say it.
        let why: String?
    }

    let limits: [String: Limit]

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchFault("\(path) is not there")
        }
        limits = try JSONDecoder().decode([String: Limit].self, from: data)
    }

    /// Sentences for all counts above their limit, and for counts without one.
    func violations(of result: PartResult) throws -> [String] {
        result.counts.sorted { $0.key < $1.key }.compactMap { name, count in
            guard let limit = limits[name] else {
                return "\(name) is \(Numbers.text(count)) and has no limit in thresholds.json"
            }
            guard count > limit.max else { return nil }
            let why = limit.why.map { " (\($0))" } ?? ""
            return "\(name) is \(Numbers.text(count)), its limit \(Numbers.text(limit.max))\(why)"
        }
    }
}

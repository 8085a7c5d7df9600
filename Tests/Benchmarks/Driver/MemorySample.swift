import FoundationEssentials
import Glibc

/// Memory of a process, in megabytes of 2^20 bytes.
struct MemorySample: Sendable {
    let resident: Double
    let anonymous: Double
    let peakResident: Double

    init(_ id: pid_t) throws {
        guard let rollup = ProcFile.text("/proc/\(id)/smaps_rollup"),
            let status = ProcFile.text("/proc/\(id)/status")
        else { throw BenchFault("process \(id) is gone") }
        resident = Self.megabytes("Rss:", in: rollup)
        anonymous = Self.megabytes("Anonymous:", in: rollup)
        peakResident = Self.megabytes("VmHWM:", in: status)
    }

    private static func megabytes(_ name: String, in text: String) -> Double {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let fields = line.split { $0 == " " || $0 == "\t" }
            return (fields.count > 1 ? Double(fields[1]) ?? 0 : 0) / 1024
        }
        return 0
    }
}

import FoundationEssentials
import Glibc
import Time

/// What a figure depends on besides the code.
struct Machine: Sendable, Codable {
    let processor: String
    let cores: Int
    let memory: String
    let kernel: String
    let fileSystem: String
    let pinning: String
    let loadBefore: String

    init(_ bench: Bench) {
        processor = Self.field("model name", in: "/proc/cpuinfo") ?? "unknown"
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let kilobytes = Self.field("MemTotal", in: "/proc/meminfo")?
            .split(separator: " ").first.flatMap { Int($0) }
        memory = "\((kilobytes ?? 0) / 1_048_576) GiB"
        kernel = (ProcFile.text("/proc/sys/kernel/osrelease") ?? "unknown").trimmed
        fileSystem = Self.fileSystem(of: bench.folder)
        pinning = bench.cores.sentence
        let load = ProcFile.text("/proc/loadavg") ?? ""
        loadBefore = load.split(separator: " ").prefix(1).joined()
    }

    private static func field(_ name: String, in path: String) -> String? {
        for line in (ProcFile.text(path) ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }).hasPrefix(name) else {
                continue
            }
            return String(parts[1]).trimmed
        }
        return nil
    }

    /// Type of the mount with the longest path above the folder.
    private static func fileSystem(of folder: String) -> String {
        var best = ("", "unknown")
        for line in (ProcFile.text("/proc/self/mounts") ?? "").split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count > 2 else { continue }
            let mount = String(parts[1])
            let isAbove = mount == "/" || folder == mount || folder.hasPrefix(mount + "/")
            if isAbove, mount.count >= best.0.count { best = (mount, String(parts[2])) }
        }
        return best.1
    }
}

/// Small files of the kernel.
enum ProcFile {
    static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

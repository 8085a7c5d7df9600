private import Glibc

/// What the kernel tells of mounted file systems (proc(5), `mountinfo`).
enum MountTable {
    private static let bytesMax = 4_194_304

    static func isMemory(_ path: String) -> Bool {
        guard let real = unsafe realpath(path, nil) else { return false }
        defer { unsafe free(real) }
        do throws(SystemFault) {
            let table = try BoundedFile.read("/proc/self/mountinfo", bytesMax: bytesMax)
            let kind = kind(
                of: unsafe String(cString: real), in: String(decoding: table, as: UTF8.self))
            return kind == "tmpfs" || kind == "ramfs"
        } catch {
            return false
        }
    }

    /// The kind of file system that a path lies on: that of the longest mount point above it, the last
    /// mounted of several.
    static func kind(of path: String, in table: String) -> Substring? {
        var found: (length: Int, kind: Substring)?
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count
            else { continue }
            let point = words[4]
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            if isAbove, point.utf8.count >= found?.length ?? 0 {
                found = (point.utf8.count, words[dash + 1])
            }
        }
        return found?.kind
    }
}

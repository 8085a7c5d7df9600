import Daemon

/// A file that keeps space on the disk for the time when others have used it up: released, it leaves
/// room for receipts and deletes, which free more.
struct Ballast {
    let path: String
    let byteCount: Int64
    private(set) var isHeld = false

    init(path: String, byteCount: Int64) {
        self.path = path
        self.byteCount = byteCount
    }

    /// Takes the space where there is as much again for others; true when it is held.
    mutating func hold() -> Bool {
        if isHeld { return true }
        do throws(SystemFault) {
            let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
            let present = DiskFile.byteCount(path) == byteCount ? byteCount : 0
            guard try DiskFile.freeBytes(at: directory) + present >= byteCount * 2 else {
                return false
            }
            try DiskFile.reserve(path, byteCount: byteCount)
            isHeld = true
        } catch {
            isHeld = false
        }
        return isHeld
    }

    /// Gives the space to whoever needs it.
    mutating func release() {
        DiskFile.remove(path)
        isHeld = false
    }
}

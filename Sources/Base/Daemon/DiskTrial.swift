private import Glibc

/// Measures how long a disk takes to keep what it is told to keep.
package struct DiskTrial: Sendable, Equatable {
    /// The middle one of all measured times of fdatasync(2) after a write of 4 KiB.
    package let syncTime: Duration
    /// Whether the file system is one that lies in memory and ends with the machine.
    package let isMemory: Bool

    /// Says what was measured elsewhere.
    package init(syncTime: Duration, isMemory: Bool) {
        (self.syncTime, self.isMemory) = (syncTime, isMemory)
    }

    /// Writes a small file in the directory again and again, and removes it. Blocks for as long as the
    /// disk takes.
    package static func run(in directory: String, rounds: Int = 32) throws(SystemFault) -> DiskTrial
    {
        let path = "\(directory)/.trial"
        let operation = "write to \(directory)"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        defer {
            close(file)
            unsafe unlink(path)
        }
        let block = [UInt8](repeating: 0x5A, count: 4096)
        var times: [Duration] = []
        for _ in 0..<max(rounds, 1) {
            guard unsafe pwrite(file, block, block.count, 0) == block.count else {
                throw SystemFault(operation, code: errno)
            }
            let began = ContinuousClock.now
            guard fdatasync(file) == 0 else { throw SystemFault("sync \(directory)", code: errno) }
            times.append(ContinuousClock.now - began)
        }
        let isMemory = MountTable.isMemory(directory)
        return DiskTrial(syncTime: times.sorted()[times.count / 2], isMemory: isMemory)
    }
}

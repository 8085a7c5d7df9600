private import Glibc

/// A file that is written from front to back and has its name only once it is whole and on the disk;
/// `-` is standard output, whose reader must see for itself whether it got everything.
///
/// Callers take turns.
package final class OutgoingFile: Sendable {
    /// Where it will lie, or `-`.
    package let path: String
    private let file: Int32
    private var isStandardOutput: Bool { path == "-" }
    private var draft: String { "\(path).part" }

    /// Begins the file; one that was cut off earlier is begun again.
    /// - Throws: also where a file of that name exists: nothing is overwritten.
    package init(_ path: String) throws(SystemFault) {
        self.path = path
        guard path != "-" else {
            file = STDOUT_FILENO
            return
        }
        guard !BoundedFile.exists(path) else {
            throw SystemFault(
                "write \(path)", code: EEXIST, remedy: "Name another file, or move that one away.")
        }
        file = unsafe open(
            "\(path).part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault("write \(path)", code: errno) }
    }

    /// Leaves no half of a file behind.
    deinit {
        guard !isStandardOutput else { return }
        close(file)
        unsafe unlink(draft)
    }

    /// Adds bytes at the end.
    package func append(_ bytes: [UInt8]) throws(SystemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemFault("write \(path)", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Puts the file on the disk and gives it its name. Nothing is appended afterwards.
    package func finish() throws(SystemFault) {
        guard !isStandardOutput else { return }
        guard fsync(file) == 0 else { throw SystemFault("write \(path)", code: errno) }
        try DiskFile.move(draft, to: path)
        try BoundedFile.syncDirectory(of: path)
    }
}

private import Glibc

/// A file that only grows at its end, for records of what was done. What was appended survives the
/// process, though not a power cut: it is not synced.
package final class AppendedFile: Sendable {
    private let file: Int32
    private let path: String

    /// Opens the file, made with mode 0600 when missing. A last line without LF, cut off when the
    /// process before this one was killed, gets its LF.
    package init(_ path: String) throws(SystemFault) {
        let operation = "open \(path)"
        file = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        self.path = path
        var last: UInt8 = 0
        let end = lseek(file, 0, SEEK_END)
        if end > 0, unsafe pread(file, &last, 1, end - 1) == 1, last != UInt8(ascii: "\n") {
            try append([UInt8(ascii: "\n")])
        }
    }

    deinit { close(file) }

    /// Appends the bytes; after this the kernel has them, whatever becomes of the process. Callers
    /// take turns.
    package func append(_ bytes: [UInt8]) throws(SystemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemFault("write \(path)", code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}

private import Glibc

/// A file that is read from front to back; `-` is standard input. Callers take turns.
package final class IncomingFile: Sendable {
    /// Where it lies, or `-`.
    package let path: String
    private let file: Int32

    /// Opens the file.
    package init(_ path: String) throws(SystemFault) {
        self.path = path
        file = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFault("read \(path)", code: errno) }
    }

    deinit { if path != "-" { close(file) } }

    /// The next bytes; fewer only where the file ends. Blocks until they are there.
    package func next(_ count: Int) throws(SystemFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), count - filled)
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw SystemFault("read \(path)", code: errno) }
            if read == 0 { break }
            filled += read
        }
        return filled == count ? bytes : Array(bytes[..<filled])
    }
}

private import Glibc

/// Reads parts of a file at any place, as far as the disk gives them: for files that are damaged.
package final class FileReader: Sendable {
    private let file: Int32

    /// Opens the file for reading only.
    package init(_ path: String) throws(SystemFault) {
        file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFault("open \(path)", code: errno) }
    }

    deinit { close(file) }

    /// The file's length now.
    package var byteCount: Int64 {
        var status = stat()
        return unsafe fstat(file, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The bytes from an offset on; fewer at the end of the file, none where the disk cannot read them.
    package func bytes(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    file, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset) + off_t(filled))
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { break }
            filled += read
        }
        return filled == count ? bytes : Array(bytes[..<filled])
    }
}

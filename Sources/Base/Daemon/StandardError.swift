private import Glibc

extension Log {
    /// Writes the line to standard error at once, unbuffered; a line that cannot be written is lost.
    package static func writeToStandardError(_ line: [UInt8]) {
        unsafe line.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = unsafe write(
                    STDERR_FILENO, buffer.baseAddress.map { unsafe $0 + start },
                    buffer.count - start)
                if count > 0 {
                    start += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

private import Glibc

/// Where a command tells its result to a person or a script.
package enum Terminal {
    /// Whether standard output is a terminal: somebody watches.
    package static var isWatched: Bool { isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 }

    /// Whether standard output is a terminal that shows colours, as far as its environment says.
    package static func showsColours(_ environment: [String: String]) -> Bool {
        isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR"]?.isEmpty ?? true
            && environment["TERM"] != "dumb"
    }

    /// Writes the text and a newline to standard output: a command's result.
    package static func tell(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes the text as it is to standard output, for parts of a longer result.
    package static func tell(part bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// Writes the text and a newline to standard error: why a command did not do what was asked.
    package static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to file: Int32) { write(Array(text.utf8), to: file) }

    /// Unbuffered, and whole unless the reader has gone.
    static func write(_ bytes: [UInt8], to file: Int32) {
        unsafe bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
                let count = unsafe Glibc.write(file, rest.baseAddress, rest.count)
                if count > 0 {
                    start += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

extension Log {
    /// Writes the line to standard error at once, unbuffered; a line that cannot be written is lost.
    package static func writeToStandardError(_ line: [UInt8]) {
        Terminal.write(line, to: STDERR_FILENO)
    }
}

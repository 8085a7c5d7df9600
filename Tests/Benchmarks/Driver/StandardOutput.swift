import FoundationEssentials
import Glibc

/// Results go to standard output, progress and complaints to standard error.
enum StandardOutput {
    static func write(_ text: String) { put(text, to: STDOUT_FILENO) }

    static func complain(_ text: String) { put(text, to: STDERR_FILENO) }

    private static func put(_ text: String, to descriptor: Int32) {
        let line = Array((text + "\n").utf8)
        var written = 0
        while written < line.count {
            let count = unsafe line[written...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            written += count
        }
    }
}

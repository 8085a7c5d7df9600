private import Glibc

/// Memory that only the start of a program needed.
package enum StartMemory {
    private static let mapsBytesMax = 4_194_304

    /// Gives back the resident pages of program and libraries: dynamic linking and the first calls touch
    /// far more of them than a running daemon does. What is needed again comes back from the page cache
    /// at the next touch. Called once, when the daemon is ready; does nothing where /proc is not mounted.
    package static func giveBack() {
        let text: [UInt8]
        do throws(SystemFault) {
            text = try BoundedFile.read("/proc/self/smaps", bytesMax: mapsBytesMax)
        } catch {
            return
        }
        for range in MemoryMap.untouched(in: String(decoding: text, as: UTF8.self)) {
            guard let start = unsafe UnsafeMutableRawPointer(bitPattern: range.lowerBound) else {
                continue
            }
            // Advice: a refusal costs nothing but the memory.
            unsafe madvise(start, range.count, MADV_DONTNEED)
        }
    }
}

/// Reads what the kernel tells of a process's memory (proc(5), `smaps`). Pure.
enum MemoryMap {
    /// Ranges that hold nothing but unchanged pages of files: not writable, and nothing of them
    /// private. Whatever is dropped of these reads the same again.
    static func untouched(in smaps: String) -> [Range<UInt>] {
        var ranges: [Range<UInt>] = []
        var current: Range<UInt>?
        for line in smaps.utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " ")).map { Substring($0) }
            guard let first = words.first else { continue }
            if let range = bounds(first), words.count >= 5 {
                let isFile = words.count > 5 && words[5].hasPrefix("/")
                let isWritable = words[1].dropFirst().first != "-"
                current = isFile && !isWritable && words[1].hasSuffix("p") ? range : nil
            } else if first == "Anonymous:", words.count > 1, words[1] == "0", let range = current {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// Reads `7f3a10000000-7f3a10021000`.
    private static func bounds(_ text: Substring) -> Range<UInt>? {
        let ends = text.split(separator: "-")
        guard ends.count == 2, let start = UInt(ends[0], radix: 16),
            let end = UInt(ends[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }
}

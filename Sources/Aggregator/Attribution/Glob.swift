/// Patterns in which `*` stands for any text, also none, and `~` for one byte that is no letter a-z.
enum Glob {
    /// Compares bytes; both are lower case. Takes at most length times length steps.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (text.utf8.span, pattern.utf8.span)
        var (at, place) = (0, 0)
        var star: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, isMatch(text[at], pattern[place]) {
                at += 1
                place += 1
            } else if let last = star {
                // The star takes one more.
                star = (last.place, last.at + 1)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
        return place == pattern.count
    }

    private static func isMatch(_ byte: UInt8, _ pattern: UInt8) -> Bool {
        pattern == UInt8(ascii: "~")
            ? !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) : byte == pattern
    }
}

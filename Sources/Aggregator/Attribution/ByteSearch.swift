extension String {
    /// Whether these bytes stand somewhere in this text: for click ids in addresses, which are plain
    /// ASCII. Swift's own search weighs characters, which thousands of addresses make felt.
    func holds(_ text: String) -> Bool {
        let (whole, part) = (utf8.span, text.utf8.span)
        guard let first = part.isEmpty ? nil : part[0], part.count <= whole.count else {
            return part.isEmpty
        }
        for start in 0...(whole.count - part.count) where whole[start] == first {
            if Self.starts(part, in: whole, at: start) { return true }
        }
        return false
    }

    private static func starts(_ part: Span<UInt8>, in whole: Span<UInt8>, at start: Int) -> Bool {
        for place in 0..<part.count where whole[start + place] != part[place] {
            return false
        }
        return true
    }
}

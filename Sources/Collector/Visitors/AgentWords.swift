/// Cuts a `User-Agent` into words and hands over a number for each word, and for each two in a row.
/// Looks at every byte once; hostile text costs no more than other text of its length.
///
/// A word is a run of letters, digits and dots, in lower case. A word of letters that end in digits
/// also counts without them, so that `Nokia6230` is a Nokia.
struct AgentWords {
    /// A word, or two, as numbers: FNV-1a, 64 bits. A text that is made to collide gets a wrong label
    /// and nothing else.
    struct Key: Hashable {
        let number: UInt64

        init(_ number: UInt64) { self.number = number }

        /// Of a rule's text: words in lower case, separated by one blank.
        init(_ text: String) {
            number = text.utf8.reduce(Hash.start) { Hash.adding($1, to: $0) }
        }
    }

    enum Hash {
        static let start: UInt64 = 0xCBF2_9CE4_8422_2325

        static func adding(_ byte: UInt8, to hash: UInt64) -> UInt64 {
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
    }

    /// Calls `take` with each word's bytes and with the keys that it answers to.
    static func scan(
        _ text: String, _ take: (_ word: Span<UInt8>, _ keys: borrowing Keys) -> Void
    ) {
        var lower: [UInt8] = []
        lower.reserveCapacity(text.utf8.count)
        for byte in text.utf8 { lower.append(byte &- 0x41 < 26 ? byte | 0x20 : byte) }
        let bytes = lower.span
        var previous: UInt64?
        var index = 0
        while let word = nextWord(in: bytes, from: &index) {
            let keys = Keys(bytes.extracting(word), after: previous)
            take(bytes.extracting(word), keys)
            previous = keys.word
        }
    }

    /// The next run of letters, digits and dots without dots at its ends.
    private static func nextWord(in bytes: Span<UInt8>, from index: inout Int) -> Range<Int>? {
        while index < bytes.count, !isLetter(bytes[index]), !isDigit(bytes[index]) { index += 1 }
        guard index < bytes.count else { return nil }
        let start = index
        while index < bytes.count, isPart(bytes[index]) { index += 1 }
        var end = index
        while bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return start..<end
    }

    static func isLetter(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isPart(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: ".")
    }

    /// The numbers that one word answers to, the most telling last.
    struct Keys {
        let word: UInt64
        /// Its letters, where digits follow them.
        let letters: UInt64?
        /// The word before and this one; the word before and this one's letters.
        let pair: UInt64?
        let pairOfLetters: UInt64?

        init(_ bytes: Span<UInt8>, after previous: UInt64?) {
            let pairStart = previous.map { Hash.adding(UInt8(ascii: " "), to: $0) }
            var word = Hash.start
            var pair = pairStart
            var letters: UInt64?
            var pairOfLetters: UInt64?
            for index in bytes.indices {
                let byte = bytes[index]
                if letters == nil, pairOfLetters == nil, index > 0, !AgentWords.isLetter(byte) {
                    letters = index >= 3 ? word : nil
                    pairOfLetters = pair
                }
                word = Hash.adding(byte, to: word)
                pair = pair.map { Hash.adding(byte, to: $0) }
            }
            (self.word, self.letters) = (word, letters)
            (self.pair, self.pairOfLetters) = (pair, pairOfLetters)
        }
    }
}

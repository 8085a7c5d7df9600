/// Makes event types of the names that other systems give to events.
enum ForeignName {
    private static let bytesMax = 64

    /// The name in snake case: `Song Played` and `songPlayed` become `song_played`. What is no letter
    /// or digit of ASCII becomes `_`; a name without any is `custom_event`.
    /// - Parameter keepsDots: As in `com.example.order_placed`.
    static func type(_ name: String, keepsDots: Bool = false) -> String {
        var bytes: [UInt8] = []
        var previous: UInt8 = 0
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if isLetter(previous) { bytes.append(UInt8(ascii: "_")) }
                bytes.append(byte | 0x20)
            case _ where isLowerOrDigit(byte): bytes.append(byte)
            case UInt8(ascii: ".") where keepsDots: bytes.append(byte)
            default:
                if let last = bytes.last, last != UInt8(ascii: "_") {
                    bytes.append(UInt8(ascii: "_"))
                }
            }
            previous = byte
        }
        return legal(bytes)
    }

    /// A type begins with a letter, ends with no `_` that was a separator, and has 1...64 bytes.
    private static func legal(_ bytes: [UInt8]) -> String {
        var bytes = bytes
        if let first = bytes.first, !isLetter(first) { bytes = Array("event_".utf8) + bytes }
        bytes = Array(bytes.prefix(bytesMax))
        while bytes.last == UInt8(ascii: "_") { bytes.removeLast() }
        return bytes.isEmpty ? "custom_event" : String(decoding: bytes, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte &- 0x30 < 10
    }
}

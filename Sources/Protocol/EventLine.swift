/// What the first bytes of an event line say.
package enum EventLine {
    /// The line's number, when it begins with exactly `{"seq":N,`; nil otherwise.
    package static func seq(of line: Span<UInt8>) -> Int64? { head(of: line)?.seq }

    /// The number, and where the rest of the event begins.
    static func head(of line: Span<UInt8>) -> (seq: Int64, end: Int)? {
        guard line.count > prefix.count else { return nil }
        for index in 0..<prefix.count where line[index] != prefix[index] { return nil }
        var seq: Int64 = 0
        var index = prefix.count
        while index < line.count, index < prefix.count + 16 {
            let digit = line[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            seq = seq * 10 + Int64(digit)
            index += 1
        }
        guard index > prefix.count, line[prefix.count] != UInt8(ascii: "0"), index < line.count,
            line[index] == UInt8(ascii: ","), seq <= BatchHeader.seqMax
        else { return nil }
        return (seq, index + 1)
    }

    private static let prefix: [7 of UInt8] = [
        UInt8(ascii: "{"), UInt8(ascii: "\""), UInt8(ascii: "s"), UInt8(ascii: "e"),
        UInt8(ascii: "q"), UInt8(ascii: "\""), UInt8(ascii: ":"),
    ]
}

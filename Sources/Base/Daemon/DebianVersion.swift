/// The version of a Debian package, ordered as dpkg orders them.
/// - Source: deb-version(7).
package struct DebianVersion: Comparable, Sendable, CustomStringConvertible {
    /// As it is written.
    package let description: String
    private let epoch: Int
    private let upstream: [UInt8]
    private let revision: [UInt8]

    /// Takes any text: what is no version compares somehow, but always the same.
    package init(_ text: some StringProtocol) {
        description = String(text)
        var rest = Array(text.utf8)[...]
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            epoch = Int(String(decoding: rest[..<colon], as: UTF8.self)) ?? 0
            rest = rest[(colon + 1)...]
        } else {
            epoch = 0
        }
        let dash = rest.lastIndex(of: UInt8(ascii: "-"))
        upstream = Array(rest[..<(dash ?? rest.endIndex)])
        revision = dash.map { Array(rest[($0 + 1)...]) } ?? []
    }

    package static func < (left: DebianVersion, right: DebianVersion) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        let upstream = compare(left.upstream[...], right.upstream[...])
        return upstream != 0 ? upstream < 0 : compare(left.revision[...], right.revision[...]) < 0
    }

    package static func == (left: DebianVersion, right: DebianVersion) -> Bool {
        !(left < right) && !(right < left)
    }

    /// Below 0, 0 or above 0: runs of what is no digit and runs of digits take turns.
    private static func compare(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        var (left, right) = (left, right)
        while !left.isEmpty || !right.isEmpty {
            while (left.first.map { !isDigit($0) } ?? false)
                || (right.first.map { !isDigit($0) } ?? false)
            {
                let difference = weight(left.first) - weight(right.first)
                if difference != 0 { return difference }
                left = left.dropFirst()
                right = right.dropFirst()
            }
            let difference = compareNumbers(&left, &right)
            if difference != 0 { return difference }
        }
        return 0
    }

    private static func compareNumbers(
        _ left: inout ArraySlice<UInt8>, _ right: inout ArraySlice<UInt8>
    ) -> Int {
        let takeNumber = { (text: inout ArraySlice<UInt8>) in
            let digits = text.prefix(while: isDigit)
            text = text.dropFirst(digits.count)
            return Array(digits.drop { $0 == UInt8(ascii: "0") })
        }
        let (one, other) = (takeNumber(&left), takeNumber(&right))
        if one.count != other.count { return one.count - other.count }
        for (digit, against) in zip(one, other) where digit != against {
            return Int(digit) - Int(against)
        }
        return 0
    }

    /// A tilde comes before the end, the end and digits before letters, letters before the rest.
    private static func weight(_ byte: UInt8?) -> Int {
        guard let byte, !isDigit(byte) else { return 0 }
        if byte == UInt8(ascii: "~") { return -1 }
        let isLetter = byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
        return isLetter ? Int(byte) : Int(byte) + 256
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}

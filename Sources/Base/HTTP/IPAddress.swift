/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address becomes IPv4 when it is read, so that one
/// client never has two.
package struct IPAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    /// Whether this is an IPv4 address.
    package let isV4: Bool

    /// The IPv4 address with these 32 bits, first octet highest.
    package init(v4: UInt32) {
        self.init(high: 0, low: UInt64(v4), isV4: true)
    }

    /// The IPv6 address with these bits, first group highest.
    package init(v6High high: UInt64, low: UInt64) {
        if high == 0, low >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(high: high, low: low, isV4: false)
        }
    }

    private init(high: UInt64, low: UInt64, isV4: Bool) {
        self.high = high
        self.low = low
        self.isV4 = isV4
    }

    /// How many bits an address of this family has.
    package var bits: Int { isV4 ? 32 : 128 }

    /// The address with all but its first `length` bits cleared: /24 and /48 are the privacy cut,
    /// /64 is one IPv6 client.
    package func prefix(_ length: Int) -> IPAddress {
        if isV4 {
            let keep = min(max(length, 0), 32)
            return IPAddress(v4: UInt32(low) & (keep == 0 ? 0 : ~0 << UInt32(32 - keep)))
        }
        let keep = min(max(length, 0), 128)
        let highMask: UInt64 = keep == 0 ? 0 : keep >= 64 ? ~0 : ~0 << UInt64(64 - keep)
        let lowMask: UInt64 = keep <= 64 ? 0 : ~0 << UInt64(128 - keep)
        return IPAddress(v6High: high & highMask, low: low & lowMask)
    }

    /// Whether the address reaches only this machine.
    package var isLoopback: Bool { isV4 ? low >> 24 == 127 : high == 0 && low == 1 }

    /// Whether the address belongs to a private network: RFC 1918, RFC 4193, link-local, RFC 6598.
    package var isPrivate: Bool {
        guard isV4 else { return high >> 57 == 0xFC >> 1 || high >> 54 == 0xFE80 >> 6 }
        return low >> 24 == 10 || low >> 20 == 0xAC1 || low >> 16 == 0xC0A8
            || low >> 16 == 0xA9FE || low >> 22 == 0x6440 >> 6
    }

    var v4Bits: UInt32 { UInt32(truncatingIfNeeded: low) }

    var v6Bits: (high: UInt64, low: UInt64) { (high, low) }

    private var groups: [UInt16] {
        (0..<8).map { index in
            let half = index < 4 ? high : low
            return UInt16(truncatingIfNeeded: half >> UInt64(16 * (3 - index % 4)))
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952's form of IPv6.
    package var description: String {
        guard !isV4 else {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        let groups = groups
        let zeros = Self.longestZeros(groups)
        let text = { (part: ArraySlice<UInt16>) in
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard zeros.count > 1 else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best
    }
}

extension IPAddress {
    /// Reads an address; nil for anything else, ports, brackets, zones and leading zeros included.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        let bytes = Array(text.utf8)
        if bytes.contains(ASCII.colon) {
            guard let groups = Self.groups(bytes) else { return nil }
            let half = { (part: ArraySlice<UInt16>) in part.reduce(0) { $0 << 16 | UInt64($1) } }
            self.init(v6High: half(groups[..<4]), low: half(groups[4...]))
        } else {
            guard let v4 = Self.octets(bytes[...]) else { return nil }
            self.init(v4: v4)
        }
    }

    private static func octets(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var result: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit) else { return nil }
            guard part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            let value = part.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
            guard value < 256 else { return nil }
            result = result << 8 | value
        }
        return result
    }

    private static func groups(_ bytes: [UInt8]) -> [UInt16]? {
        var halves: [[UInt16]] = [[]]
        var index = 0
        if bytes.starts(with: [ASCII.colon, ASCII.colon]) {
            halves.append([])
            index = 2
        }
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: ASCII.colon) ?? bytes.count
            if end == bytes.count, let v4 = octets(bytes[index...]) {
                halves[halves.count - 1] += [UInt16(v4 >> 16), UInt16(v4 & 0xFFFF)]
                break
            }
            guard let group = group(bytes[index..<end]) else { return nil }
            halves[halves.count - 1].append(group)
            guard end < bytes.count else { break }
            index = end + 1
            if index == bytes.count { return nil }
            if bytes[index] == ASCII.colon {
                guard halves.count == 1 else { return nil }
                halves.append([])
                index += 1
            }
        }
        let count = halves.reduce(0) { $0 + $1.count }
        if halves.count == 1 { return count == 8 ? halves[0] : nil }
        guard count < 8 else { return nil }
        return halves[0] + [UInt16](repeating: 0, count: 8 - count) + halves[1]
    }

    private static func group(_ bytes: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(bytes.count) else { return nil }
        var value: UInt16 = 0
        for byte in bytes {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}

/// Who stands at the other end of a connection.
package enum Peer: Hashable, Sendable {
    /// A socket of the internet family; the address may be a proxy's.
    case address(IPAddress, port: UInt16)
    /// A process on this machine, over a Unix socket, by its user and process id at connect.
    case local(user: UInt32, process: Int32)
}

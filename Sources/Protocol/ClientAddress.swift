/// Cuts the address of a client by the site's rule.
package enum ClientAddress {
    /// The text to keep: `truncate` leaves /24 of IPv4 and /48 of IPv6; nil for `drop`, and for what
    /// is no address.
    package static func text(_ address: String, by rule: SiteSettings.AddressRule) -> String? {
        guard rule != .drop else { return nil }
        let bytes = Array(address.utf8)
        if let parts = version4(bytes[...]) {
            let last = rule == .full ? parts[3] : 0
            return "\(parts[0]).\(parts[1]).\(parts[2]).\(last)"
        }
        guard let groups = version6(bytes) else { return nil }
        if groups[0..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            let mapped = "\(groups[6] >> 8).\(groups[6] & 255).\(groups[7] >> 8).\(groups[7] & 255)"
            return text(mapped, by: rule)
        }
        guard rule == .truncate else { return address.lowercased() }
        let kept = groups[0..<3].map { String($0, radix: 16) }
        return kept.joined(separator: ":") + "::"
    }

    private static func version4(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var numbers: [UInt16] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(TextRule.isDigit),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            let number = part.reduce(UInt16(0)) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) }
            guard number <= 255 else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Eight groups; `::` once, and the last 32 bits perhaps as IPv4.
    private static func version6(_ text: [UInt8]) -> [UInt16]? {
        guard (2...45).contains(text.count) else { return nil }
        let colon = UInt8(ascii: ":")
        let double = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
        guard let double else {
            let groups = groups(text[...])
            return groups?.count == 8 ? groups : nil
        }
        guard let front = groups(text[..<double]), let back = groups(text[(double + 2)...]),
            front.count + back.count <= 7
        else { return nil }
        return front + [UInt16](repeating: 0, count: 8 - front.count - back.count) + back
    }

    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let tail = version4(part) else { return nil }
                groups += [tail[0] << 8 | tail[1], tail[2] << 8 | tail[3]]
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(isHex),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        TextRule.isDigit(byte) || TextRule.isHexLetter(byte | 0x20)
    }
}

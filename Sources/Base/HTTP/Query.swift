/// Percent-encoding (RFC 3986, section 2.1), which FoundationEssentials lacks.
package enum PercentEncoding {
    /// Decodes once; nil where `%` is not followed by two hexadecimal digits or the result is not
    /// UTF-8. `plusIsSpace` holds for query strings and forms only.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        var digits = 0
        var pending: UInt8 = 0
        for byte in text.utf8 {
            if digits > 0 {
                guard let value = ASCII.hexValue(byte) else { return nil }
                pending = pending << 4 | value
                digits -= 1
                if digits == 0 { output.append(pending) }
            } else if byte == ASCII.percent {
                digits = 2
                pending = 0
            } else {
                output.append(plusIsSpace && byte == ASCII.plus ? ASCII.space : byte)
            }
        }
        return digits == 0 ? String(validating: output, as: UTF8.self) : nil
    }

    /// Encodes all but RFC 3986's unreserved characters: fit for a path segment or a query value.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output += [ASCII.percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || ASCII.lower(byte) &- 0x61 < 26
            || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E
    }
}

/// The parameters of a query string or of a form's body, in order, repeated names kept.
package struct Query: Sendable {
    /// Name and value, each decoded once.
    package let parameters: [(name: String, value: String)]
    /// How many parameters were left out because they were not decodable or too many.
    package let unreadable: Int

    /// Reads `a=1&b=2`: `+` is a space, a name without `=` has an empty value. At most 256 are kept.
    package init(_ raw: some StringProtocol) {
        var parameters: [(String, String)] = []
        var unreadable = 0
        for part in raw.utf8.split(separator: ASCII.ampersand) {
            let equals = part.firstIndex(of: ASCII.equals) ?? part.endIndex
            let value = equals == part.endIndex ? part[equals...] : part[equals...].dropFirst()
            guard parameters.count < 256,
                let name = Self.decode(part[..<equals]), let value = Self.decode(value)
            else {
                unreadable += 1
                continue
            }
            parameters.append((name, value))
        }
        self.parameters = parameters
        self.unreadable = unreadable
    }

    /// The first value under `name`.
    package subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// All values under `name`, in order.
    package func values(_ name: String) -> [String] {
        parameters.filter { $0.name == name }.map(\.value)
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return PercentEncoding.decode(text, plusIsSpace: true)
    }
}

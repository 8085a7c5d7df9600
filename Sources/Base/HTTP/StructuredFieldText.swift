internal import Crypto

// How structured values are written. What is written can be read again; a value that has no
// written form (a string beyond ASCII, a number too large) is a bug of the caller.
// Source: RFC 9651, section 4.1.

extension BareItem {
    /// Writes the one text that stands for this value.
    package var text: String {
        switch self {
        case .integer(let value): Self.integerText(value)
        case .decimal(let thousandths): Self.decimalText(thousandths)
        case .string(let text): Self.quoted(text)
        case .token(let text): text
        case .bytes(let bytes): ":" + Base64.encode(bytes) + ":"
        case .boolean(let value): value ? "?1" : "?0"
        case .date(let seconds): "@" + Self.integerText(seconds)
        case .displayString(let text): Self.percentQuoted(text)
        }
    }

    private static func integerText(_ value: Int64) -> String {
        precondition(
            value.magnitude < 1_000_000_000_000_000, "A structured integer has at most 15 digits.")
        return String(value)
    }

    private static func decimalText(_ thousandths: Int64) -> String {
        let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
        precondition(whole < 1_000_000_000_000, "A decimal has at most 12 digits before its point.")
        var fraction = String(String(rest + 1000).dropFirst())
        while fraction.count > 1, fraction.last == "0" { fraction.removeLast() }
        return (thousandths < 0 ? "-" : "") + "\(whole).\(fraction)"
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            precondition((0x20...0x7E).contains(scalar.value), "Strings are printable ASCII.")
            if scalar == "\"" || scalar == "\\" { output += "\\" }
            output.unicodeScalars.append(scalar)
        }
        return output + "\""
    }

    private static func percentQuoted(_ text: String) -> String {
        var output = "%\""
        for byte in text.utf8 {
            let mustEscape =
                !(0x20...0x7E).contains(byte) || byte == ASCII.percent || byte == UInt8(ascii: "\"")
            output +=
                mustEscape ? "%" + Hex.encode([byte]) : String(Character(Unicode.Scalar(byte)))
        }
        return output + "\""
    }
}

extension OrderedMembers<BareItem> {
    /// Writes `;key=value` for each; `;key` alone for true.
    package var text: String {
        members.map { member in
            member.value == .boolean(true)
                ? ";\(member.key)" : ";\(member.key)=\(member.value.text)"
        }.joined()
    }
}

extension StructuredItem {
    /// Writes the value and its parameters.
    package var text: String { value.text + parameters.text }
}

extension InnerList {
    /// Writes the items in parentheses, one space between them, and the parameters.
    package var text: String {
        "(" + items.map(\.text).joined(separator: " ") + ")" + parameters.text
    }
}

extension StructuredDictionary {
    /// Writes the members with a comma and a space between them.
    package var text: String {
        members.map { member in
            switch member.value {
            case .item(let item) where item.value == .boolean(true):
                member.key + item.parameters.text
            case .item(let item): "\(member.key)=\(item.text)"
            case .innerList(let list): "\(member.key)=\(list.text)"
            }
        }.joined(separator: ", ")
    }
}

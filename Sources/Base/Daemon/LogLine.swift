import Time

/// One line before it is printed.
struct LogLine: Sendable {
    static let textBytesMax = 500

    let level: Log.Level
    let message: String
    var fields: [(key: LogField, value: any LogValue)]
    /// Whom it speaks of, as a number that is never printed; lines of two subjects are not the same.
    var subject: Int?

    /// What makes two lines the same: level, sentence, subject and text fields, ids of requests apart.
    var identity: String {
        var identity = "\(level.rank)\(message)"
        if let subject { identity += "\u{0}\(subject)" }
        for (key, value) in fields where key != .request && key != .trace {
            if case .text(let text) = value.logged { identity += "\u{0}\(key.name)=\(text)" }
        }
        return identity
    }

    func repeated(_ count: Int) -> LogLine {
        var line = self
        if count > 0 { line.fields.append((.repeated, count)) }
        return line
    }

    func json(at now: Timestamp) -> [UInt8] {
        var bytes = Array("{\"time\":\"\(now)\",\"level\":\"\(level.rawValue)\",\"message\":".utf8)
        bytes.append(quoted: message)
        for (key, value) in fields {
            bytes.append(contentsOf: ",\"\(key.name)\":".utf8)
            switch value.logged {
            case .text(let text): bytes.append(quoted: text)
            case .bare(let text): bytes.append(contentsOf: text.utf8)
            }
        }
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }

    func text(at now: Timestamp) -> [UInt8] {
        var bytes = Array("\(now) \(level.rawValue) \(message)".utf8)
        for (key, value) in fields {
            bytes.append(contentsOf: " \(key.name)=".utf8)
            switch value.logged {
            case .text(let text) where text.isPlain: bytes.append(contentsOf: text.utf8)
            case .text(let text): bytes.append(quoted: text)
            case .bare(let text): bytes.append(contentsOf: text.utf8)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}

extension [UInt8] {
    /// Appends a JSON string of printable ASCII and UTF-8, at most 500 bytes of the text.
    fileprivate mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        var used = 0
        for scalar in text.unicodeScalars {
            used += UTF8.width(scalar)
            guard used <= LogLine.textBytesMax else {
                append(contentsOf: "…".utf8)
                break
            }
            append(escaping: scalar)
        }
        append(UInt8(ascii: "\""))
    }

    /// Control characters, also those above ASCII, could move a terminal's cursor.
    private mutating func append(escaping scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            append(UInt8(ascii: "\\"))
            append(UInt8(scalar.value))
        case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            append(
                contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        default:
            append(contentsOf: UTF8.encode(scalar)?.map { $0 } ?? [])
        }
    }
}

extension String {
    /// Whether a text line can show it without quotes.
    fileprivate var isPlain: Bool {
        !isEmpty && utf8.count <= LogLine.textBytesMax
            && utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
                    && byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\\")
            }
    }
}

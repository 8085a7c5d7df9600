import JSON

/// Shows one canonical event, or why a request was refused, so that a person can read it. Pure.
struct EventPrint {
    /// Whether the reader is a terminal that shows colours.
    let isColoured: Bool

    private static let bytesMax = 1_048_576
    private static let nameWidth = 24
    private static let inHead = ["type", "source", "received_at"]

    /// A line with type, lane and source, then one line a value, by its path.
    /// - Parameter line: an event as the buffer keeps it.
    func text(ofEvent line: ArraySlice<UInt8>, lane: String) -> String {
        read(line) { event in
            let head =
                [
                    time(event["received_at"]), paint(.bold, event["type"]?.string ?? "event"),
                    paint(.green, "stored"), "as \(lane), from \(event["source"]?.string ?? "?")",
                ].joined(separator: "  ")
            var lines: [String] = []
            if let members = event.object {
                for (key, value) in members {
                    let name = key.string ?? ""
                    if !Self.inHead.contains(name) { append(value, at: name, to: &lines) }
                }
            }
            return ([head] + lines).joined(separator: "\n")
        } ?? "An event that cannot be read."
    }

    /// A line with endpoint, status and code, then one line for each thing that is wrong; nil for an
    /// answer that refuses nothing.
    func text(ofAnswer body: [UInt8], _ status: Int, code: String?, at endpoint: String) -> String?
    {
        var lines: [String] = []
        let isRead: Bool? = read(body[...]) { answer in
            if let title = answer["title"]?.string { lines.append("  " + Self.plain(title)) }
            if let title = answer["message"]?.string, status >= 400 {
                lines.append("  " + Self.plain(title))
            }
            appendFaults(answer["errors"], by: "pointer", to: &lines)
            appendFaults(answer["results"], by: "index", to: &lines)
            return true
        }
        let partly = isRead == true && status < 400 && !lines.isEmpty
        guard status >= 400 || partly else { return nil }
        let words = [endpoint, "\(status)", code ?? ""].filter { !$0.isEmpty }
        let head =
            "\(paint(.red, partly ? "partly refused" : "refused"))  \(words.joined(separator: "  "))"
        return ([head] + lines).joined(separator: "\n")
    }

    private func appendFaults(
        _ list: JSONElement?, by member: StaticString, to lines: inout [String]
    ) {
        guard let list = list?.array else { return }
        for fault in list {
            guard let code = fault["code"]?.string else { continue }
            let place =
                [
                    fault[member]?.int64.map { "event \($0)" } ?? fault[member]?.string,
                    member.description == "index" ? fault["pointer"]?.string : nil,
                ]
                .compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
            let words = [place, code, fault["message"]?.string ?? ""].filter { !$0.isEmpty }
            lines.append("  " + Self.plain(words.joined(separator: ": ")))
        }
    }

    // MARK: Values

    private func append(_ value: JSONElement, at path: String, to lines: inout [String]) {
        if let members = value.object {
            for (key, inner) in members {
                append(inner, at: "\(path).\(key.string ?? "")", to: &lines)
            }
        } else if let elements = value.array {
            for (index, inner) in elements.enumerated() {
                append(inner, at: "\(path)[\(index)]", to: &lines)
            }
        } else {
            let padding = String(repeating: " ", count: max(1, Self.nameWidth - path.count))
            lines.append("  \(paint(.dim, path))\(padding)\(word(value))")
        }
    }

    private func word(_ value: JSONElement) -> String {
        switch value.kind {
        case .null: "null"
        case .bool: value.bool == true ? "true" : "false"
        case .integer: value.int64.map(\.description) ?? value.uint64.map(\.description) ?? "?"
        case .string: Self.plain(value.string ?? "")
        default: value.double.map(\.description) ?? "?"
        }
    }

    private func time(_ value: JSONElement?) -> String {
        let text = value?.string ?? ""
        return String(text.dropFirst(11).prefix(12))
    }

    private func read<Value>(
        _ bytes: ArraySlice<UInt8>, _ body: (JSONElement) -> Value
    ) -> Value? {
        do {
            var parser = JSONParser(bytesMax: Self.bytesMax, depthMax: 64)
            return try parser.parse(Array(bytes).span) { body($0) }
        } catch {
            return nil
        }
    }

    // MARK: The terminal

    private enum Colour: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
    }

    private func paint(_ colour: Colour, _ text: String) -> String {
        let text = Self.plain(text)
        return isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// What was sent may hold anything; nothing of it may steer the terminal.
    static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var plain = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                plain += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

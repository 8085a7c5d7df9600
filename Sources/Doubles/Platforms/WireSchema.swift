/// Messages of protocol buffers as JSON writes them, read from a text. Pure.
/// - Source: protobuf.dev, "ProtoJSON Format".
struct WireSchema: Sendable {
    enum Kind: Sendable, Equatable {
        case string, double, bool, int64, int32, timestamp
        case message(String)
        case enumeration(String)
    }

    struct Field: Sendable {
        /// As it is printed: `eventTimestamp`.
        let name: String
        let kind: Kind
        let isRepeated: Bool
        let oneof: String?
    }

    /// Fields of each message under both of their names, `eventTimestamp` and `event_timestamp`.
    private(set) var messages: [String: [String: Field]] = [:]
    /// Names of each enumeration.
    private(set) var enumerations: [String: Set<String>] = [:]

    /// A text of another form is a bug of ours.
    init(_ text: String) {
        let lines = text.split(separator: "\n")
        let names = Set(lines.filter { $0.hasPrefix("enum ") }.map { $0.dropFirst(5) })
        var current: Substring = ""
        var isEnumeration = false
        for line in lines {
            let words = line.split(separator: " ")
            precondition(words.count >= 2, "A line of a schema has two words or three.")
            if !line.hasPrefix(" ") {
                current = words[1]
                isEnumeration = words[0] == "enum"
                if isEnumeration {
                    enumerations[String(current)] = []
                } else {
                    messages[String(current)] = [:]
                }
            } else if isEnumeration {
                enumerations[String(current)]?.insert(String(words[0]))
            } else {
                add(words, to: String(current), enumerations: names)
            }
        }
    }

    private mutating func add(
        _ words: [Substring], to message: String, enumerations: Set<Substring>
    ) {
        let isRepeated = words[1].hasSuffix("*")
        let type = isRepeated ? words[1].dropLast() : words[1]
        let field = Field(
            name: Self.camelCase(words[0]), kind: Self.kind(type, enumerations),
            isRepeated: isRepeated, oneof: words.count > 2 ? String(words[2]) : nil)
        messages[message]?[String(words[0])] = field
        messages[message]?[field.name] = field
    }

    private static func kind(_ type: Substring, _ enumerations: Set<Substring>) -> Kind {
        switch type {
        case "string": .string
        case "double": .double
        case "bool": .bool
        case "int64": .int64
        case "int32": .int32
        case "timestamp": .timestamp
        default: enumerations.contains(type) ? .enumeration(String(type)) : .message(String(type))
        }
    }

    private static func camelCase(_ name: Substring) -> String {
        let parts = name.split(separator: "_")
        return parts.dropFirst().reduce(String(parts.first ?? "")) { text, part in
            text + part.prefix(1).uppercased() + part.dropFirst()
        }
    }
}

internal import JSON
internal import Time

/// One fault of a request, as Google names it.
struct Violation: Sendable, Equatable {
    /// `events[3].currency`
    let field: String
    let description: String
    /// Nil for faults of form, which have no reason of their own.
    var reason: String?
}

/// Holds a parsed request against its schema, as the protocol buffers' own parser would: unknown
/// names, wrong kinds, wrong words, two of a oneof. Pure.
struct WireCheck {
    /// More are not named; a request is refused as a whole anyway.
    static let violationsMax = 1000

    private let schema: WireSchema
    private(set) var violations: [Violation] = []

    init(_ schema: WireSchema) { self.schema = schema }

    mutating func message(_ element: JSONElement, _ name: String, at path: String) {
        guard let object = element.object, let fields = schema.messages[name] else {
            return wrong(path, "Proto field is not an object.")
        }
        var seen: Set<String> = []
        for member in object {
            let key = member.key.string ?? ""
            let place = path.isEmpty ? key : "\(path).\(key)"
            guard let field = fields[key] else {
                wrong(path, "Unknown name \"\(key.prefix(60))\": Cannot find field.")
                continue
            }
            guard seen.insert(field.name).inserted else {
                wrong(place, "The field is there under both of its names.")
                continue
            }
            if member.value.isNull { continue }
            if let oneof = field.oneof, !seen.insert("one of \(oneof)").inserted {
                wrong(place, "Oneof field '\(oneof)' is already set.")
                continue
            }
            check(member.value, field, at: place)
        }
    }

    private mutating func check(
        _ value: JSONElement, _ field: WireSchema.Field, at path: String
    ) {
        guard field.isRepeated else { return single(value, field.kind, at: path) }
        guard let array = value.array else { return wrong(path, "Proto field is repeated.") }
        for (index, element) in array.enumerated() {
            single(element, field.kind, at: "\(path)[\(index)]")
        }
    }

    private mutating func single(_ value: JSONElement, _ kind: WireSchema.Kind, at path: String) {
        let isRight: Bool
        switch kind {
        case .message(let name): return message(value, name, at: path)
        case .string: isRight = value.kind == .string
        case .bool: isRight = value.kind == .bool
        case .double: isRight = value.double != nil || value.string.map(Self.isNumber) == true
        case .int64: isRight = Self.integer(value) != nil
        case .int32: isRight = Self.integer(value).map { Int32(exactly: $0) != nil } == true
        case .timestamp: isRight = value.string.map(Self.isTimestamp) == true
        case .enumeration(let name): isRight = isWord(value, of: name)
        }
        if !isRight { wrong(path, "Invalid value.") }
    }

    private mutating func wrong(_ path: String, _ description: String) {
        guard violations.count < Self.violationsMax else { return }
        violations.append(Violation(field: path, description: description))
    }

    /// Names, and numbers also when they have no name yet: enumerations are open.
    private func isWord(_ value: JSONElement, of name: String) -> Bool {
        if let text = value.string { return schema.enumerations[name]?.contains(text) == true }
        return value.int64.flatMap { Int32(exactly: $0) } != nil
    }

    private static func integer(_ value: JSONElement) -> Int64? {
        if let number = value.int64 { return number }
        if let text = value.string, !isNumber(text) { return nil }
        let double = value.string.flatMap(Double.init) ?? value.double
        return value.string.flatMap { Int64($0) } ?? double.flatMap { Int64(exactly: $0) }
    }

    private static func isNumber(_ text: String) -> Bool {
        ["NaN", "Infinity", "-Infinity"].contains(text)
            || (text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && Double(text) != nil)
    }

    /// RFC 3339 in capitals, with at most nine digits of a second.
    static func isTimestamp(_ text: String) -> Bool {
        guard Timestamp(rfc3339: text) != nil, !text.contains("t"), !text.contains("z")
        else { return false }
        let fraction = text.split(separator: ".", maxSplits: 1).dropFirst().first
        return fraction.map { $0.prefix { $0.isNumber }.count <= 9 } ?? true
    }
}

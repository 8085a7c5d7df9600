import JSON

/// A JSON value that outlives its parser.
indirect enum JSONValue: Equatable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    init(_ element: JSONElement) {
        if let members = element.object {
            var values: [String: JSONValue] = [:]
            for (key, value) in members { values[key.string ?? ""] = JSONValue(value) }
            self = .object(values)
        } else if let elements = element.array {
            self = .array(elements.map { JSONValue($0) })
        } else if let text = element.string {
            self = .string(text)
        } else if let number = element.double {
            self = .number(number)
        } else if let truth = element.bool {
            self = .bool(truth)
        } else {
            self = .null
        }
    }

    init(_ text: [UInt8]) throws {
        var parser = JSONParser(bytesMax: 4_194_304)
        self = try parser.parse(text) { JSONValue($0) }
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }
    var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// The names that JSON Schema has for the kind of a value.
    var types: Set<String> {
        switch self {
        case .object: ["object"]
        case .array: ["array"]
        case .string: ["string"]
        case .number(let number): number.rounded() == number ? ["number", "integer"] : ["number"]
        case .bool: ["boolean"]
        case .null: ["null"]
        }
    }
}

/// Holds values against the part of JSON Schema 2020-12 that our documents use; a keyword that it does
/// not know is a violation, so that no schema promises what nobody checks.
struct JSONSchema {
    /// Those that `$ref` may name.
    let components: [String: JSONValue]

    func violations(of value: JSONValue, by schema: JSONValue, at place: String = "") -> [String] {
        guard let rules = schema.object else { return ["\(place): no schema"] }
        return rules.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            check(value, keyword, rule, in: schema, at: place).map { "\(place): \($0)" }
        } + nested(value, rules, at: place)
    }

    private func check(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, in schema: JSONValue,
        at place: String
    ) -> [String] {
        let isRight: Bool
        switch keyword {
        case "$ref", "properties", "items", "additionalProperties": return []
        case "type":
            let names = rule.array?.compactMap(\.string) ?? [rule.string ?? ""]
            isRight = !value.types.isDisjoint(with: names)
        case "const": isRight = value == rule
        case "enum": isRight = rule.array?.contains(value) == true
        case "required":
            let names = rule.array?.compactMap(\.string) ?? []
            isRight = names.allSatisfy { value.object == nil || value[$0] != nil }
        case "minLength": isRight = value.string.map { Double($0.count) >= rule.number! } ?? true
        case "maxLength": isRight = value.string.map { Double($0.count) <= rule.number! } ?? true
        case "minItems": isRight = value.array.map { Double($0.count) >= rule.number! } ?? true
        case "maxItems": isRight = value.array.map { Double($0.count) <= rule.number! } ?? true
        case "pattern":
            isRight =
                value.string.map { (try? Regex(rule.string!).firstMatch(in: $0)) != nil } ?? true
        case "anyOf":
            isRight = rule.array?.contains { violations(of: value, by: $0).isEmpty } == true
        default: return ["unknown keyword \(keyword)"]
        }
        return isRight ? [] : ["breaks \(keyword)"]
    }

    private func nested(
        _ value: JSONValue, _ rules: [String: JSONValue], at place: String
    ) -> [String] {
        var found: [String] = []
        if let name = rules["$ref"]?.string?.split(separator: "/").last {
            found += violations(of: value, by: components[String(name)] ?? .null, at: place)
        }
        if let items = rules["items"] {
            for (index, element) in (value.array ?? []).enumerated() {
                found += violations(of: element, by: items, at: "\(place)/\(index)")
            }
        }
        let properties = rules["properties"]?.object ?? [:]
        for (name, member) in value.object ?? [:] {
            if let schema = properties[name] {
                found += violations(of: member, by: schema, at: "\(place)/\(name)")
            } else if rules["additionalProperties"] == .bool(false) {
                found.append("\(place)/\(name): not allowed")
            }
        }
        return found
    }
}

import Crypto
package import JSON
import Time

/// Why a signed answer cannot be understood. It then counts as a failure of the network.
package enum AnswerRefusal: Error, Equatable, Sendable {
    case notJSON(JSONError.Kind)
    /// The member is missing, of a wrong type, or out of range.
    case wrongMember(String)

    init(_ error: JSONError) { self = .notJSON(error.kind) }
}

/// Reads the members of a small JSON object, each with its type and range.
struct AnswerMembers {
    private let root: JSONElement

    init(_ root: JSONElement) { self.root = root }

    /// Reads the small body of a stranger's request.
    static func request<Value>(
        _ body: [UInt8], _ read: (AnswerMembers) throws(AnswerRefusal) -> Value
    ) throws(ProtocolProblem) -> Value {
        do throws(AnswerRefusal) {
            var parser = JSONParser(bytesMax: 8192, depthMax: 4)
            return try parser.parse(body.span, orThrow: AnswerRefusal.init) {
                root throws(AnswerRefusal) in
                try read(AnswerMembers(root))
            }
        } catch {
            throw ProtocolProblem(malformed: error)
        }
    }

    func element(_ name: StaticString) throws(AnswerRefusal) -> JSONElement {
        guard let element = root[name] else { throw .wrongMember(name.description) }
        return element
    }

    func has(_ name: StaticString) -> Bool { root[name] != nil }

    func string(_ name: StaticString) throws(AnswerRefusal) -> String {
        try required(try element(name).string, name)
    }

    func bool(_ name: StaticString) throws(AnswerRefusal) -> Bool {
        try required(try element(name).bool, name)
    }

    func integer(
        _ name: StaticString, in range: ClosedRange<Int64> = 0...BatchHeader.seqMax
    ) throws(AnswerRefusal) -> Int64 {
        let value = try required(try element(name).int64, name)
        return try required(range.contains(value) ? value : nil, name)
    }

    func optionalString(_ name: StaticString) -> String? { root[name]?.string }

    func optionalInteger(_ name: StaticString) -> Int64? { root[name]?.int64 }

    func seq(_ name: StaticString) throws(AnswerRefusal) -> Int64 {
        try integer(name, in: 1...BatchHeader.seqMax)
    }

    func time(_ name: StaticString) throws(AnswerRefusal) -> Timestamp {
        try required(try element(name).canonicalTime, name)
    }

    func digest(_ name: StaticString) throws(AnswerRefusal) -> SHA256Digest {
        try required(SHA256Digest(hex: try string(name)), name)
    }

    func identifier<Kind>(_ name: StaticString) throws(AnswerRefusal) -> Identifier<Kind> {
        try required(Identifier(try string(name)), name)
    }

    func lane(_ name: StaticString) throws(AnswerRefusal) -> Lane {
        try required(Lane(rawValue: try string(name)), name)
    }

    /// One value for each lane out of an object that names all three.
    func perLane<Value>(
        _ name: StaticString, _ value: (JSONElement) -> Value?
    ) throws(AnswerRefusal) -> PerLane<Value> {
        let object = try element(name)
        return try PerLane { lane throws(AnswerRefusal) in
            try required(object[lane.rawValue].flatMap(value), name)
        }
    }

    func required<Value>(_ value: Value?, _ name: StaticString) throws(AnswerRefusal) -> Value {
        guard let value else { throw .wrongMember(name.description) }
        return value
    }
}

extension JSONElement {
    /// A time in the wire's only form: 24 bytes, milliseconds, `Z`.
    var canonicalTime: Timestamp? {
        withUTF8 { text in
            guard text.count == 24, text[10] == UInt8(ascii: "T"), text[23] == UInt8(ascii: "Z")
            else { return nil as Timestamp? }
            return Timestamp(rfc3339: text)
        } ?? nil
    }

    /// An integer of the wire: 0...2^53 − 1.
    var wireInteger: Int64? {
        guard let value = int64, (0...BatchHeader.seqMax).contains(value) else { return nil }
        return value
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ value: Timestamp) {
        key(name)
        time(value)
    }

    mutating func time(_ value: Timestamp) { string { value.appendRFC3339(to: &$0) } }

    mutating func member<Value>(
        _ name: StaticString, _ values: PerLane<Value>,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        object { writer in
            for lane in Lane.allCases {
                writer.key(lane.rawValue)
                write(&writer, values[lane])
            }
        }
    }
}

/// A value bound to a parameter, or a column of values that the text opens with `unnest`.
package enum Parameter: Sendable {
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case null
    case integers([Int64])
    case optionalIntegers([Int64?])
    case texts([String])
    case optionalTexts([String?])
    case byteStrings([[UInt8]])
    case optionalByteStrings([[UInt8]?])

    /// The type that its values have by nature; nil for null, which has any.
    var type: TypeID? {
        switch self {
        case .integer: .int8
        case .real: .float8
        case .text: .text
        case .bytes: .bytea
        case .null: nil
        case .integers, .optionalIntegers: .int8Array
        case .texts, .optionalTexts: .textArray
        case .byteStrings, .optionalByteStrings: .byteaArray
        }
    }
}

/// The types that we send and read, by their numbers in every PostgreSQL.
/// - Source: PostgreSQL 15, src/include/catalog/pg_type.dat.
enum TypeID: UInt32 {
    case bool = 16
    case bytea = 17
    case name = 19
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case float4 = 700
    case float8 = 701
    case unknown = 705
    case byteaArray = 1001
    case textArray = 1009
    case int8Array = 1016
    case varchar = 1043
    case numeric = 1700
}

/// All parameters of one call in PostgreSQL's binary form, one behind another.
/// - Source: PostgreSQL 15, src/backend/utils/adt, the functions named `…recv`.
struct ParameterBytes {
    private(set) var bytes: [UInt8] = []
    /// Where each lies in `bytes`; nil for null.
    private(set) var places: [Range<Int>?] = []

    init(_ parameters: [Parameter]) {
        bytes.reserveCapacity(parameters.count * 16)
        for parameter in parameters { add(parameter) }
    }

    private mutating func add(_ parameter: Parameter) {
        let start = bytes.count
        switch parameter {
        case .null:
            places.append(nil)
            return
        case .integer(let value): add(value)
        case .real(let value): add(value.bitPattern)
        case .text(let value): bytes.append(contentsOf: value.utf8)
        case .bytes(let value): bytes.append(contentsOf: value)
        case .integers(let values):
            addArray(values, of: .int8) { value, bytes in bytes.add(element: value) }
        case .optionalIntegers(let values):
            addArray(values, of: .int8) { value, bytes in
                if let value { bytes.add(element: value) } else { bytes.addNullElement() }
            }
        case .texts(let values):
            addArray(values, of: .text) { value, bytes in bytes.add(element: value) }
        case .optionalTexts(let values):
            addArray(values, of: .text) { value, bytes in
                if let value { bytes.add(element: value) } else { bytes.addNullElement() }
            }
        case .byteStrings(let values):
            addArray(values, of: .bytea) { value, bytes in bytes.add(element: value) }
        case .optionalByteStrings(let values):
            addArray(values, of: .bytea) { value, bytes in
                if let value { bytes.add(element: value) } else { bytes.addNullElement() }
            }
        }
        places.append(start..<bytes.count)
    }

    /// One dimension from 1: dimensions, whether nulls may come, the elements' type, length, first index.
    private mutating func addArray<Value>(
        _ values: [Value], of type: TypeID, add: (Value, inout ParameterBytes) -> Void
    ) {
        self.add(Int32(values.isEmpty ? 0 : 1))
        self.add(Int32(1))
        self.add(type.rawValue)
        guard !values.isEmpty else { return }
        self.add(Int32(values.count))
        self.add(Int32(1))
        bytes.reserveCapacity(bytes.count + values.count * 12)
        for value in values { add(value, &self) }
    }

    private mutating func add(element value: Int64) {
        add(Int32(8))
        add(value)
    }

    private mutating func add(element value: String) {
        var value = value
        value.withUTF8 { utf8 in
            add(Int32(utf8.count))
            unsafe bytes.append(contentsOf: utf8)
        }
    }

    private mutating func add(element value: [UInt8]) {
        add(Int32(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func addNullElement() { add(Int32(-1)) }

    private mutating func add<Number: FixedWidthInteger>(_ number: Number) {
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}

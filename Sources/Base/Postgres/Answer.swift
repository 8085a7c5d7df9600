import CPostgres

/// Everything that one statement answered, in memory until the last reference is gone.
@safe
package final class Answer {
    private let handle: OpaquePointer
    private let types: [UInt32]

    /// Takes the result over.
    init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
        let columns = unsafe PQnfields(handle)
        types = (0..<columns).map { unsafe PQftype(handle, $0) }
    }

    deinit { unsafe PQclear(handle) }

    /// How many rows came.
    package var rowCount: Int { unsafe Int(PQntuples(handle)) }

    /// How many rows were changed; 0 for `SELECT`.
    package var changed: Int {
        guard let tag = unsafe PQcmdStatus(handle),
            unsafe !String(cString: tag).hasPrefix("SELECT"),
            let text = unsafe PQcmdTuples(handle)
        else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    /// What the server says was done, such as `COMMIT`.
    package var tag: String {
        guard let tag = unsafe PQcmdStatus(handle) else { return "" }
        return unsafe String(cString: tag)
    }

    /// The types of a described statement's parameters.
    var parameterTypes: [UInt32] {
        unsafe (0..<PQnparams(handle)).map { unsafe PQparamtype(handle, $0) }
    }

    /// A row; they count from 0.
    package subscript(row: Int) -> Row { Row(answer: self, row: Int32(row)) }

    func type(_ column: Int) -> UInt32 { types[column] }

    func isNull(_ row: Int32, _ column: Int) -> Bool {
        unsafe PQgetisnull(handle, row, Int32(column)) != 0
    }

    /// The value's bytes, in PostgreSQL's binary form; none for null.
    func withBytes<T>(_ row: Int32, _ column: Int, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        let start = unsafe PQgetvalue(handle, row, Int32(column))
        let count = unsafe Int(PQgetlength(handle, row, Int32(column)))
        return unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// One row of an answer; columns count from 0.
package struct Row {
    fileprivate let answer: Answer
    fileprivate let row: Int32

    /// True where the column holds nothing.
    package func isNull(_ column: Int) -> Bool { answer.isNull(row, column) }

    /// The integer, or 0 for null; a Boolean is 0 or 1. Reading another type as one is a bug.
    package func integer(_ column: Int) -> Int64 {
        guard !isNull(column) else { return 0 }
        return unsafe answer.withBytes(row, column) { bytes in
            switch TypeID(rawValue: answer.type(column)) {
            case .int8: unsafe bytes.number(Int64.self)
            case .int4: unsafe Int64(bytes.number(Int32.self))
            case .int2: unsafe Int64(bytes.number(Int16.self))
            case .bool: unsafe bytes.first == 1 ? 1 : 0
            case .numeric: unsafe Numeric(bytes).integer
            default: preconditionFailure("Column \(column) holds no integer.")
            }
        }
    }

    /// The number, or 0 for null. Reading text or bytes as one is a bug.
    package func real(_ column: Int) -> Double {
        guard !isNull(column) else { return 0 }
        return unsafe answer.withBytes(row, column) { bytes in
            switch TypeID(rawValue: answer.type(column)) {
            case .float8: unsafe Double(bitPattern: bytes.number(UInt64.self))
            case .float4: unsafe Double(Float(bitPattern: bytes.number(UInt32.self)))
            case .numeric: unsafe Numeric(bytes).real
            default: Double(integer(column))
            }
        }
    }

    /// The text, or nil for null. Reading another type as one is a bug.
    package func text(_ column: Int) -> String? {
        guard !isNull(column) else { return nil }
        switch TypeID(rawValue: answer.type(column)) {
        case .text, .varchar, .name, .unknown:
            return unsafe answer.withBytes(row, column) {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        default: preconditionFailure("Column \(column) holds no text.")
        }
    }

    /// A copy of the bytes; none for null. Reading a number as bytes is a bug.
    package func bytes(_ column: Int) -> [UInt8] {
        guard !isNull(column) else { return [] }
        switch TypeID(rawValue: answer.type(column)) {
        case .bytea, .text, .unknown:
            return unsafe answer.withBytes(row, column) { unsafe Array($0) }
        default: preconditionFailure("Column \(column) holds no bytes.")
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian number that the bytes are.
    fileprivate func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        precondition(count == Number.bitWidth / 8, "PostgreSQL sends each type in its own width.")
        return unsafe Number(bigEndian: loadUnaligned(as: Number.self))
    }
}

/// `numeric`, which `sum` of integers answers with.
/// - Source: PostgreSQL 15, src/backend/utils/adt/numeric.c, `numeric_send`.
private struct Numeric {
    private var digits: [Int64] = []
    private let weight: Int
    private let isNegative: Bool

    init(_ bytes: UnsafeRawBufferPointer) {
        let words = (0..<bytes.count / 2).map { index in
            Int16(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
        }
        weight = Int(words[1])
        isNegative = words[2] == 0x4000
        digits = words.dropFirst(4).map(Int64.init)
    }

    /// Digits of 10,000 each; the first stands for 10,000 to the power of `weight`.
    var integer: Int64 {
        var value: Int64 = 0
        for power in stride(from: weight, through: 0, by: -1) {
            let index = weight - power
            let digit = index < digits.count ? digits[index] : 0
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, isOver) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !isTooLarge, !isOver else { return isNegative ? .min : .max }
            value = sum
        }
        return value
    }

    var real: Double {
        var value = 0.0
        for digit in digits { value = value * 10_000 + Double(digit) }
        for _ in 0..<max(0, digits.count - 1 - weight) { value /= 10_000 }
        for _ in 0..<max(0, weight - digits.count + 1) { value *= 10_000 }
        return isNegative ? -value : value
    }
}

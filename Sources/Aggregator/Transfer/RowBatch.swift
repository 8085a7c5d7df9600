import Crypto
import JSON
import Store

/// Rows of one table on their way into a database, as columns.
struct RowBatch: Sendable {
    static let rowsMax = 4_096
    static let bytesMax = 4 << 20

    private(set) var rows = 0
    private var bytes = 0
    private var values: [Values]

    /// One column's values; only the list of its kind is filled.
    fileprivate struct Values: Sendable {
        let kind: StoredTable.Column.Kind
        var integers: [Int64?] = []
        var texts: [String?] = []
        var bytes: [[UInt8]?] = []
    }

    init(of columns: [StoredTable.Column]) {
        values = columns.map { Values(kind: $0.kind) }
    }

    var isFull: Bool { rows >= Self.rowsMax || bytes >= Self.bytesMax }

    var columns: [SQLColumn] {
        values.map { column in
            switch column.kind {
            case .integer: .optionalIntegers(column.integers)
            case .text: .optionalTexts(column.texts)
            case .bytes: .optionalBytes(column.bytes)
            }
        }
    }

    /// Takes a row; false where it is not one of this table.
    mutating func add(_ row: JSONElement, bytes count: Int) -> Bool {
        guard let elements = row.array, row.count == values.count else { return false }
        for (place, element) in elements.enumerated() where !values[place].add(element) {
            return false
        }
        rows += 1
        bytes += count
        return true
    }
}

extension RowBatch.Values {
    fileprivate mutating func add(_ element: JSONElement) -> Bool {
        switch kind {
        case .integer:
            let value = element.int64
            integers.append(value)
            return value != nil || element.isNull
        case .text:
            let value = element.string
            texts.append(value)
            return value != nil || element.isNull
        case .bytes:
            let value = element.string.flatMap { Base64.decode($0, alphabet: .url) }
            bytes.append(value)
            return value != nil || element.isNull
        }
    }
}

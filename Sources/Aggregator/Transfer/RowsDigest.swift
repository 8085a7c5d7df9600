import Crypto
import JSON
import Store

/// Tells two sets of rows apart, whatever their order: how many there are, and the sum of the SHA-256 of
/// each row's line, in four words of 64 bits that overflow. Against accidents, not against forgers.
struct RowsDigest: Equatable {
    private(set) var rows: Int64 = 0
    private var words: [4 of UInt64] = .init(repeating: 0)

    mutating func add(_ line: SHA256Digest) {
        rows += 1
        line.withBytes { bytes in
            for word in words.indices {
                var value: UInt64 = 0
                for place in 0..<8 { value = value << 8 | UInt64(bytes[word * 8 + place]) }
                words[word] &+= value
            }
        }
    }

    /// 64 hexadecimal digits.
    var hex: String {
        words.indices.map { word in
            let digits = String(words[word], radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    static func == (left: Self, right: Self) -> Bool {
        left.rows == right.rows && left.hex == right.hex
    }
}

/// Writes rows as lines, the same ones on both databases.
struct RowLines: ~Copyable {
    private let hasher = SHA256Hasher()
    private var writer = JSONWriter(capacity: 65_536)
    private(set) var digest = RowsDigest()

    init() {}

    /// Takes a row into the digest.
    /// - Returns: its line without the line's end.
    @discardableResult
    mutating func add(_ row: Row, of table: StoredTable) -> [UInt8] {
        writer.removeAll()
        writer.array { writer in
            for (index, column) in table.columns.enumerated() {
                writer.value(row, index, column.kind)
            }
        }
        digest.add(hasher.digest(of: writer.bytes.span))
        return writer.bytes
    }

    /// Takes a line into the digest that was written elsewhere.
    mutating func add(line: Span<UInt8>) { digest.add(hasher.digest(of: line)) }

    /// The digest of the rows so far; the next row is the first of another table.
    mutating func finishTable() -> RowsDigest {
        defer { digest = RowsDigest() }
        return digest
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ row: Row, _ index: Int, _ kind: StoredTable.Column.Kind) {
        guard !row.isNull(index) else { return null() }
        switch kind {
        case .integer: integer(row.integer(index))
        case .text: string(row.text(index))
        case .bytes: string(Base64.encode(row.bytes(index), alphabet: .url))
        }
    }
}

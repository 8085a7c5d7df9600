import ConveyProtocol
import Time

/// Rows of table `chunk` as they lie in one page of a SQLite file, read without SQLite: for what its
/// tree does not lead to any more. Trusts nothing; whatever is odd yields no row.
/// - Source: sqlite.org/fileformat2.html, sections 1.6 and 2.
struct LeafPage {
    /// A row whose body may go on in other pages.
    struct Cell: Equatable {
        let place: Int64
        /// Bytes of the whole record.
        let payloadCount: Int
        /// What of the record lies in this page.
        let local: Range<Int>
        /// The page where it goes on; 0 where it is whole.
        let overflow: UInt32
    }

    /// A record has at most a segment's bytes, which zstd makes longer at worst by a little.
    static let payloadMax = 2_097_152
    private static let tableLeaf: UInt8 = 0x0D
    private let page: ArraySlice<UInt8>

    /// - Parameter page: one whole page; the first of a file begins with 100 other bytes, and holds
    ///   no such rows.
    init?(_ page: ArraySlice<UInt8>) {
        guard page.count >= 512, page.first == Self.tableLeaf else { return nil }
        self.page = page
    }

    /// Every cell that has the form of one.
    func cells() -> [Cell] {
        let count = Int(page.bigEndian(at: 3, bytes: 2))
        guard count > 0, 8 + count * 2 <= page.count else { return [] }
        return (0..<count).compactMap { index in
            cell(at: Int(page.bigEndian(at: 8 + index * 2, bytes: 2)))
        }
    }

    private func cell(at start: Int) -> Cell? {
        var cursor = start
        guard start >= 8, let payload = page.varint(&cursor), let rowID = page.varint(&cursor),
            payload > 0, payload <= Self.payloadMax
        else { return nil }
        let count = Int(payload)
        let localCount = Self.localCount(of: count, usable: page.count)
        guard cursor + localCount <= page.count else { return nil }
        let local = cursor..<cursor + localCount
        guard localCount < count else {
            return Cell(place: rowID, payloadCount: count, local: local, overflow: 0)
        }
        guard local.upperBound + 4 <= page.count else { return nil }
        let next = UInt32(page.bigEndian(at: local.upperBound, bytes: 4))
        return next == 0
            ? nil : Cell(place: rowID, payloadCount: count, local: local, overflow: next)
    }

    /// How much of a record lies in the page of its cell.
    private static func localCount(of payload: Int, usable: Int) -> Int {
        let most = usable - 35
        guard payload > most else { return payload }
        let least = (usable - 12) * 32 / 255 - 23
        let wanted = least + (payload - least) % (usable - 4)
        return wanted <= most ? wanted : least
    }

    /// The bytes of a cell's record in this page.
    func bytes(of cell: Cell) -> ArraySlice<UInt8> {
        page[page.startIndex + cell.local.lowerBound..<page.startIndex + cell.local.upperBound]
    }

    /// The row that a whole record says; nil where it is no row of this table.
    static func chunk(_ record: [UInt8], place: Int64) -> Chunk? {
        guard let lane = Lane(number: Int(place >> 54)), place >= 0 else { return nil }
        let position = place & (1 << 54 - 1)
        var cursor = 0
        let bytes = record[...]
        guard let headerCount = bytes.varint(&cursor), headerCount <= 64,
            headerCount <= record.count
        else { return nil }
        var types: [Int64] = []
        while cursor < Int(headerCount), let type = bytes.varint(&cursor) { types.append(type) }
        guard cursor == Int(headerCount), types.count == 7, types[0] == 0 else { return nil }
        var values: [Value] = []
        for type in types {
            guard let value = Value(type, bytes, &cursor) else { return nil }
            values.append(value)
        }
        guard cursor == record.count, case .bytes(let body) = values[6], body.count > 4,
            let last = values[1].integer, let oldest = values[2].integer,
            let lineBytes = values[3].integer, let basis = basis(values[4], values[5])
        else { return nil }
        let chunk = Chunk(
            lane: lane, first: position, last: last, oldest: Timestamp(microseconds: oldest),
            lineByteCount: Int(lineBytes), basis: basis, body: body)
        return chunk.isPlausible && position > 0 ? chunk : nil
    }

    private static func basis(_ boot: Value, _ ahead: Value) -> EdgeClock.Basis? {
        switch (boot, ahead) {
        case (.null, .null): .corrected
        case (.bytes(let boot), .integer(let ahead)) where ahead.magnitude < 1 << 53:
            .wall(ahead: .microseconds(ahead), boot: BootID(bytes: boot))
        default: nil
        }
    }

    private enum Value {
        case null
        case integer(Int64)
        case bytes([UInt8])

        var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

        init?(_ type: Int64, _ bytes: ArraySlice<UInt8>, _ cursor: inout Int) {
            switch type {
            case 0: self = .null
            case 8, 9: self = .integer(type - 8)
            case 1...6:
                let count = [1, 2, 3, 4, 6, 8][Int(type) - 1]
                guard cursor + count <= bytes.count else { return nil }
                let raw = bytes.bigEndian(at: cursor, bytes: count)
                let shift = UInt64(64 - count * 8)
                self = .integer(Int64(bitPattern: raw << shift) >> Int64(shift))
                cursor += count
            case 12... where type % 2 == 0:
                let count = Int((type - 12) / 2)
                guard count <= LeafPage.payloadMax, cursor + count <= bytes.count else {
                    return nil
                }
                let start = bytes.startIndex + cursor
                self = .bytes(Array(bytes[start..<start + count]))
                cursor += count
            default: return nil
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// An unsigned integer; offsets count from the slice's start.
    func bigEndian(at offset: Int, bytes count: Int) -> UInt64 {
        let start = startIndex + offset
        return self[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// SQLite's variable-length integer; nil beyond the end.
    func varint(_ offset: inout Int) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard offset >= 0, offset < count else { return nil }
            let byte = self[startIndex + offset]
            offset += 1
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { return Int64(bitPattern: value) }
        }
        return nil
    }
}

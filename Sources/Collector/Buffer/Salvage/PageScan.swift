import Daemon

/// Finds rows of events in the pages of a damaged file and its log, without SQLite and without its
/// tree. Old versions of a row may come as well; whoever takes them knows numbers that he has.
struct PageScan {
    private let database: FileReader?
    private let log: LogScan?
    private let pageBytes: Int
    private let pages: Int64
    /// The frames of each page, ascending.
    private var versions: [UInt32: [Int]] = [:]
    /// For each frame the one that ends its transaction, or the last.
    private var ends: [Int] = []
    private var frame: Int
    private var page: Int64 = 0

    /// Reads a file whole: its pages, then all frames of its log.
    init(_ path: String) {
        self.init(path, framesFrom: 0, skipsPages: false)
    }

    /// Reads only frames behind those that SQLite reads; the file and the earlier frames still tell
    /// where their rows go on.
    init(tailOf path: String, behind reachable: Int) {
        self.init(path, framesFrom: reachable, skipsPages: true)
    }

    private init(_ path: String, framesFrom first: Int, skipsPages: Bool) {
        log = LogScan(path + "-wal")
        do throws(SystemFault) {
            database = try FileReader(path)
        } catch {
            database = nil
        }
        var bytes = log?.pageBytes ?? 4096
        if let header = database?.bytes(at: 16, count: 2), header.count == 2 {
            let stated = Int(header[...].bigEndian(at: 0, bytes: 2))
            if stated >= 512, stated & (stated - 1) == 0 { bytes = stated }
        }
        pageBytes = bytes
        pages = skipsPages ? 0 : (database?.byteCount ?? 0) / Int64(bytes)
        frame = first
        indexFrames()
    }

    private mutating func indexFrames() {
        guard let count = log?.count, log?.pageBytes == pageBytes else { return }
        ends = Array(repeating: count - 1, count: count)
        var end = count - 1
        for frame in (0..<count).reversed() {
            if log?.isCommit(frame) == true { end = frame }
            ends[frame] = end
        }
        for frame in 0..<count {
            if let page = log?.page(of: frame) { versions[page, default: []].append(frame) }
        }
    }

    /// The rows of the next page that has any; nil at the end.
    mutating func next() -> [Chunk]? {
        while page < pages {
            let bytes = database?.bytes(at: page * Int64(pageBytes), count: pageBytes) ?? []
            page += 1
            let rows = rows(of: bytes, in: nil)
            if !rows.isEmpty { return rows }
        }
        while frame < ends.count {
            let current = frame
            frame += 1
            guard log?.page(of: current) != nil else { continue }
            let rows = rows(of: log?.bytes(of: current) ?? [], in: current)
            if !rows.isEmpty { return rows }
        }
        return nil
    }

    private func rows(of bytes: [UInt8], in frame: Int?) -> [Chunk] {
        guard bytes.count == pageBytes, let page = LeafPage(bytes[...]) else { return [] }
        return page.cells().compactMap { cell in
            record(cell, page, in: frame).flatMap { LeafPage.chunk($0, place: cell.place) }
        }
    }

    /// Puts a record together that goes on in other pages.
    private func record(_ cell: LeafPage.Cell, _ leaf: LeafPage, in frame: Int?) -> [UInt8]? {
        var record = Array(leaf.bytes(of: cell))
        var next = cell.overflow
        while record.count < cell.payloadCount {
            guard next > 0, let page = content(of: next, for: frame) else { return nil }
            next = UInt32(page[...].bigEndian(at: 0, bytes: 4))
            record += page[4...].prefix(cell.payloadCount - record.count)
        }
        return record
    }

    /// A page as it was when a frame was written; of the file itself without one.
    private func content(of page: UInt32, for frame: Int?) -> [UInt8]? {
        let known = versions[page] ?? []
        if let frame, let version = known.last(where: { $0 <= ends[frame] }) {
            return whole(log?.bytes(of: version))
        }
        let offset = Int64(page - 1) * Int64(pageBytes)
        return whole(database?.bytes(at: offset, count: pageBytes))
    }

    private func whole(_ bytes: [UInt8]?) -> [UInt8]? {
        bytes?.count == pageBytes ? bytes : nil
    }
}

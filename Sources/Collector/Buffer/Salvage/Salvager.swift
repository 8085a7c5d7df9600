import ConveyProtocol
import Crypto
import Daemon
import SQLite
import Time

/// Reads what is left of a damaged file, one row of events after another. Not for two threads at once.
final class Salvager {
    /// What a damaged file still tells beside its events.
    struct Remains {
        var state: BufferState?
        var gapTotals = PerLane<[String: Int64]>(repeating: [:])
        var refusedTotals = PerLane<[String: Int64]>(repeating: [:])
        var kept: [(name: String, value: [UInt8])] = []
        var chainAtReceipt = PerLane<SHA256Digest?>(repeating: nil)
        var gaps = PerLane<[BufferGap]>(repeating: [])
        var quarantined: [(batch: QuarantinedBatch, body: [UInt8])] = []
    }

    let path: String
    /// What the buffer calls the record of this file.
    let recordName: String
    /// How many different parts could not be read.
    private(set) var faults = 0
    private let file: BufferFile?
    private(set) var remains = Remains()
    private var tree: TreeWalk?
    private var pages: PageScan?
    private var rows: [Chunk] = []
    private var isTreeIncomplete: Bool
    private var lines = ChunkLines()

    /// Opens the file as far as that is possible, and reads all but its events.
    init(_ path: String) {
        self.path = path
        recordName = Self.recordName(of: path)
        do throws(SQLiteError) {
            file = try BufferFile(salvaging: path)
        } catch {
            file = nil
        }
        isTreeIncomplete = true
        guard let file else { return }
        remains = readRemains(file)
        isTreeIncomplete = remains.state == nil || Self.hasTail(path)
        let lanes = remains.state?.lanes
        tree = TreeWalk(
            file,
            bounds: PerLane { lane in
                (lanes?[lane].receipted ?? 0, (lanes?[lane].assigned ?? 1 << 53) + 1)
            })
    }

    private static func hasTail(_ path: String) -> Bool {
        guard let log = LogScan(path + "-wal") else { return false }
        return log.hasCommit(behind: log.reachable())
    }

    /// The next row that can be read whole; nil at the end. The same positions may come twice.
    func next() -> Chunk? {
        while let chunk = tree?.next() {
            if lines.unpack(chunk) != nil { return chunk }
            isTreeIncomplete = true
        }
        if let tree {
            isTreeIncomplete = isTreeIncomplete || tree.hasHoles
            self.tree = nil
        }
        guard isTreeIncomplete else { return nil }
        if pages == nil { pages = PageScan(path) }
        while true {
            while let chunk = rows.popLast() {
                if lines.unpack(chunk) != nil { return chunk }
            }
            guard let more = pages?.next() else { return nil }
            rows = more
        }
    }

    /// Tells this file from all others, whatever it is called: sizes and edges of it and its log.
    static func fingerprint(of path: String) -> String {
        var bytes: [UInt8] = []
        for suffix in ["", "-wal"] {
            do throws(SystemFault) {
                let reader = try FileReader(path + suffix)
                let count = reader.byteCount
                bytes += Array("\(suffix) \(count) ".utf8)
                bytes += reader.bytes(at: 0, count: 4096)
                bytes += reader.bytes(at: max(0, count - 4096), count: 4096)
            } catch {
                bytes += Array("\(suffix) none ".utf8)
            }
        }
        return String(SHA256Digest(of: bytes).hex.prefix(32))
    }

    /// The lines of a row, each ended by a line feed, with the offset where each begins.
    func unpack(_ chunk: Chunk) -> (lines: [UInt8], starts: [Int])? { lines.unpack(chunk) }

    /// Nil only without memory.
    func pack(_ bytes: [UInt8]) -> [UInt8]? { lines.pack(bytes) }

    // MARK: Remains

    private func readRemains(_ file: BufferFile) -> Remains {
        var remains = Remains()
        read { () throws(SQLiteError) in remains.state = try file.state() }
        read { () throws(SQLiteError) in remains.gapTotals = try file.gapTotals() }
        read { () throws(SQLiteError) in remains.refusedTotals = try file.refusedTotals() }
        read { () throws(SQLiteError) in remains.kept = try file.allKept() }
        read { () throws(SQLiteError) in remains.quarantined = try file.allQuarantined() }
        for lane in Lane.allCases {
            guard let state = remains.state?.lanes[lane] else { continue }
            read { () throws(SQLiteError) in
                remains.gaps[lane] = try file.gaps(lane, from: state.receipted + 1)
            }
            read { () throws(SQLiteError) in
                let place = try file.chainPlace(lane, state, upTo: state.receipted)
                if place.position == state.receipted { remains.chainAtReceipt[lane] = place.chain }
            }
        }
        return remains
    }

    /// Reads a part that may be unreadable.
    private func read(_ body: () throws(SQLiteError) -> Void) {
        do throws(SQLiteError) {
            try body()
        } catch {
            faults += 1
        }
    }
}

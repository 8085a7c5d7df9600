import Daemon

/// A SQLite write-ahead log, read without SQLite, which stops at the first frame that is damaged and
/// takes what lies behind for never written.
/// - Source: sqlite.org/fileformat2.html, section 4; sqlite.org/walformat.html, section 2.
struct LogScan {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24
    /// Most frames that are looked at: 1 GiB of them.
    private static let framesMax = 262_144

    private let reader: FileReader
    private let hasBigEndianSums: Bool
    private let salts: ArraySlice<UInt8>
    /// Bytes of a page.
    let pageBytes: Int
    /// Frames that the file has room for.
    let count: Int

    /// Nil where there is no log with a frame.
    init?(_ path: String) {
        do throws(SystemFault) {
            reader = try FileReader(path)
        } catch {
            return nil
        }
        let header = reader.bytes(at: 0, count: Self.headerBytes)
        guard header.count == Self.headerBytes else { return nil }
        let magic = header[...].bigEndian(at: 0, bytes: 4)
        hasBigEndianSums = magic == 0x377F_0683
        let stated = Int(header[...].bigEndian(at: 8, bytes: 4))
        let isKnown = stated >= 512 && stated <= 65_536 && stated & (stated - 1) == 0
        pageBytes = isKnown ? stated : 4096
        let frames =
            (reader.byteCount - Int64(Self.headerBytes))
            / Int64(pageBytes + Self.frameHeaderBytes)
        guard frames > 0 else { return nil }
        count = Int(min(frames, Int64(Self.framesMax)))
        let isWhole = (0x377F_0682...0x377F_0683).contains(magic) && isKnown
        let first = reader.bytes(at: Int64(Self.headerBytes), count: Self.frameHeaderBytes)
        guard first.count == Self.frameHeaderBytes else { return nil }
        // Of a log whose own header is damaged, the first frame tells.
        let isHeaderRight =
            isWhole
            && Self.sum(header[0..<24], after: (0, 0), isBigEndian: hasBigEndianSums)
                == Self.stored(header[24..<32])
        salts = isHeaderRight ? header[16..<24] : first[8..<16]
    }

    private func offset(of frame: Int) -> Int64 {
        Int64(Self.headerBytes) + Int64(frame) * Int64(pageBytes + Self.frameHeaderBytes)
    }

    private func header(of frame: Int) -> [UInt8] {
        reader.bytes(at: offset(of: frame), count: Self.frameHeaderBytes)
    }

    private func isCurrent(_ header: [UInt8]) -> Bool {
        header.count == Self.frameHeaderBytes && header[8..<16].elementsEqual(salts)
    }

    /// The number of a frame's page, where the frame belongs to this log's current run.
    func page(of frame: Int) -> UInt32? {
        let header = header(of: frame)
        guard isCurrent(header) else { return nil }
        let number = UInt32(header[...].bigEndian(at: 0, bytes: 4))
        return number > 0 ? number : nil
    }

    /// The bytes of a frame's page.
    func bytes(of frame: Int) -> [UInt8] {
        reader.bytes(at: offset(of: frame) + Int64(Self.frameHeaderBytes), count: pageBytes)
    }

    /// Whether commits lie behind the frames that SQLite reads.
    /// - Parameter reachable: how many frames those are.
    func hasCommit(behind reachable: Int) -> Bool {
        var frame = count - 1
        while frame > reachable {
            if isCommit(frame), isSound(frame, header(of: frame)) { return true }
            frame -= 1
        }
        return false
    }

    /// How many frames SQLite would find sound: up to the last commit before the first damage.
    func reachable() -> Int {
        let header = reader.bytes(at: 0, count: Self.headerBytes)
        guard header.count == Self.headerBytes, header[16..<24].elementsEqual(salts) else {
            return 0
        }
        var sum = Self.stored(header[24..<32])
        var reachable = 0
        for frame in 0..<count {
            let header = self.header(of: frame)
            guard isCurrent(header) else { return reachable }
            sum = Self.sum(header[0..<8], after: sum, isBigEndian: hasBigEndianSums)
            sum = Self.sum(bytes(of: frame)[...], after: sum, isBigEndian: hasBigEndianSums)
            guard sum == Self.stored(header[16..<24]) else { return reachable }
            if isCommit(frame) { reachable = frame + 1 }
        }
        return reachable
    }

    /// Whether a frame of the current run ends a transaction.
    func isCommit(_ frame: Int) -> Bool {
        let header = header(of: frame)
        return isCurrent(header) && header[4..<8].contains { $0 != 0 }
    }

    /// Whether a frame follows from the sum that the frame before it states.
    private func isSound(_ frame: Int, _ header: [UInt8]) -> Bool {
        guard frame > 0 else { return false }
        let before = self.header(of: frame - 1)
        guard before.count == Self.frameHeaderBytes else { return false }
        let start = Self.stored(before[16..<24])
        let half = Self.sum(header[0..<8], after: start, isBigEndian: hasBigEndianSums)
        let whole = Self.sum(bytes(of: frame)[...], after: half, isBigEndian: hasBigEndianSums)
        return whole == Self.stored(header[16..<24])
    }

    private static func stored(_ bytes: ArraySlice<UInt8>) -> (UInt32, UInt32) {
        (UInt32(bytes.bigEndian(at: 0, bytes: 4)), UInt32(bytes.bigEndian(at: 4, bytes: 4)))
    }

    /// SQLite's running sum over pairs of words.
    private static func sum(
        _ bytes: ArraySlice<UInt8>, after start: (UInt32, UInt32), isBigEndian: Bool
    ) -> (UInt32, UInt32) {
        var (first, second) = start
        var index = bytes.startIndex
        func word(_ index: Int) -> UInt32 {
            let (a, b) = (UInt32(bytes[index]), UInt32(bytes[index + 1]))
            let (c, d) = (UInt32(bytes[index + 2]), UInt32(bytes[index + 3]))
            return isBigEndian ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a
        }
        while index + 8 <= bytes.endIndex {
            first &+= word(index) &+ second
            second &+= word(index + 4) &+ first
            index += 8
        }
        return (first, second)
    }
}

extension LogScan {
    /// How many frames SQLite has found sound, as the index beside the log says; nil without one.
    static func reachable(_ indexPath: String) -> Int? {
        do throws(SystemFault) {
            let reader = try FileReader(indexPath)
            let bytes = reader.bytes(at: 0, count: 20)
            guard bytes.count == 20, bytes[12] == 1 else { return nil }
            // In the byte order of this machine, which is little-endian wherever this runs.
            return (0..<4).reduce(0) { $0 | Int(bytes[16 + $1]) << ($1 * 8) }
        } catch {
            return nil
        }
    }
}

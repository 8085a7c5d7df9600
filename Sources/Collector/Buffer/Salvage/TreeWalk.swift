import ConveyProtocol
import SQLite

/// Leads through the rows of events of a damaged file as far as SQLite reads it: around what it
/// cannot read, from both sides and by halves.
struct TreeWalk {
    /// Bounds that are not part of it.
    private struct Range {
        let lane: Lane
        var lower: Int64
        var upper: Int64
        var isAscending = true
    }

    /// Most failures before the rest is left to a look at the pages.
    private static let failuresMax = 20_000
    private let file: BufferFile
    private var ranges: [Range]
    private var failures = 0

    /// Whether something could not be read.
    var hasHoles: Bool { failures > 0 }

    /// - Parameter bounds: positions of each lane, not part of what is wanted.
    init(_ file: BufferFile, bounds: PerLane<(lower: Int64, upper: Int64)>) {
        self.file = file
        ranges = Lane.allCases.reversed().map {
            Range(lane: $0, lower: bounds[$0].lower, upper: bounds[$0].upper)
        }
    }

    /// The next row; nil at the end. Mostly in order.
    mutating func next() -> Chunk? {
        while let range = ranges.last {
            ranges.removeLast()
            switch row(range) {
            case .found(let chunk):
                var rest = range
                if range.isAscending {
                    rest.lower = max(chunk.last, range.lower + 1)
                } else {
                    rest.upper = min(chunk.first, range.upper - 1)
                }
                if rest.lower < rest.upper - 1 { ranges.append(rest) }
                return chunk
            case .none: continue
            case .unreadable: split(range)
            }
        }
        return nil
    }

    private mutating func split(_ range: Range) {
        failures += 1
        guard failures < Self.failuresMax else { return }
        if range.isAscending {
            var other = range
            other.isAscending = false
            return ranges.append(other)
        }
        let middle = range.lower + (range.upper - range.lower) / 2
        guard middle > range.lower, middle < range.upper, range.upper - range.lower > 2 else {
            return
        }
        ranges.append(Range(lane: range.lane, lower: middle, upper: range.upper))
        ranges.append(Range(lane: range.lane, lower: range.lower, upper: middle + 1))
    }

    private enum Finding {
        case found(Chunk)
        case none, unreadable
    }

    private func row(_ range: Range) -> Finding {
        do throws(SQLiteError) {
            let chunk = try file.chunkForSalvage(
                range.lane, between: (range.lower, range.upper), descending: !range.isAscending)
            return chunk.map { .found($0) } ?? .none
        } catch {
            return .unreadable
        }
    }
}

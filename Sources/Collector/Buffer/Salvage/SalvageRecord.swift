import ConveyProtocol

/// What was saved of one damaged file so far; kept in the buffer with every step, so that a salvage
/// goes on where it was, and never takes the same event twice.
struct SalvageRecord: Equatable {
    /// Positions up to here are not wanted: they have a receipt.
    var floors = PerLane<Int64>(repeating: 0)
    /// Events that should be found; nil where the file does not tell.
    var expected: PerLane<Int64>?
    /// Events that were found and stored.
    var saved = PerLane<Int64>(repeating: 0)
    /// Positions of those, and of what is not wanted between them.
    var taken = PerLane<PositionSet>(repeating: PositionSet())
    var isDone = false

    /// Nothing yet.
    init() {}

    /// Reads what `text` wrote; nil for anything else.
    init?(text: [UInt8]) {
        var expected = PerLane<Int64>(repeating: 0)
        var isExpected = false
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line == "done" {
                isDone = true
                continue
            }
            guard words.count >= 3, let lane = Lane(rawValue: String(words[1])),
                let first = Int64(words[2])
            else { return nil }
            switch words[0] {
            case "floor": floors[lane] = first
            case "saved": saved[lane] = first
            case "expected":
                expected[lane] = first
                isExpected = true
            case "taken":
                guard words.count == 4, let last = Int64(words[3]), last >= first else {
                    return nil
                }
                taken[lane].insert(first...last)
            default: return nil
            }
        }
        if isExpected { self.expected = expected }
    }

    var text: [UInt8] {
        var lines: [String] = []
        for lane in Lane.allCases {
            lines.append("floor \(lane.rawValue) \(floors[lane])")
            lines.append("saved \(lane.rawValue) \(saved[lane])")
            if let expected { lines.append("expected \(lane.rawValue) \(expected[lane])") }
            for range in taken[lane].ranges {
                lines.append("taken \(lane.rawValue) \(range.lowerBound) \(range.upperBound)")
            }
        }
        if isDone { lines.append("done") }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Events that should have been found and were not.
    func lost(_ lane: Lane) -> Int64 { max(0, (expected?[lane] ?? 0) - saved[lane]) }
}

/// A set of positions, small where they follow one another.
struct PositionSet: Equatable {
    /// Ascending; none touches the next.
    private(set) var ranges: [ClosedRange<Int64>] = []

    func contains(_ position: Int64) -> Bool {
        let index = firstIndex(endingAtOrBehind: position)
        return index < ranges.count && ranges[index].contains(position)
    }

    mutating func insert(_ range: ClosedRange<Int64>) {
        let start = firstIndex(endingAtOrBehind: range.lowerBound - 1)
        var end = start
        var merged = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound + 1 {
            merged =
                min(
                    merged.lowerBound, ranges[end].lowerBound)...max(
                    merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(start..<end, with: [merged])
    }

    private func firstIndex(endingAtOrBehind position: Int64) -> Int {
        var (lower, upper) = (0, ranges.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if ranges[middle].upperBound < position { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}

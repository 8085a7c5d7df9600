package import ConveyProtocol
import Time

/// The events of one request on their way into the buffer, in the order in which they came.
package struct IncomingEvents: Sendable {
    /// Most bytes of one event in canonical form, without `seq`.
    package static let eventBytesMax = 65_536

    let stamp: EdgeClock.Stamp
    private(set) var segments = PerLane<[Segment]>(repeating: [])

    /// - Parameter stamp: The clock's reading that `received_at` of these events was taken from.
    package init(stamp: EdgeClock.Stamp) { self.stamp = stamp }

    /// Adds an event.
    /// - Parameter line: The canonical event from `{` to `}`, without `seq` and without line feed,
    ///   at most `eventBytesMax` bytes. Anything else is a bug of intake.
    package mutating func add(_ line: [UInt8], to lane: Lane) {
        precondition(line.count <= Self.eventBytesMax, "Intake refuses larger events.")
        precondition(
            line.first == UInt8(ascii: "{") && line.last == UInt8(ascii: "}")
                && isOneLine(line),
            "An event is one line of JSON.")
        if segments[lane].last?.hasRoom(bytes: line.count + 1) != true {
            segments[lane].append(Segment(stamp))
        }
        segments[lane][segments[lane].count - 1].append(line)
    }

    /// Without a branch, which the compiler turns into wide instructions: this looks at every byte of
    /// every event.
    private func isOneLine(_ line: [UInt8]) -> Bool {
        var found: UInt8 = 0
        for byte in line { found |= byte == UInt8(ascii: "\n") ? 1 : 0 }
        return found == 0
    }

    /// How many events there are for a lane.
    package func count(_ lane: Lane) -> Int { segments[lane].reduce(0) { $0 + $1.count } }

    /// The events of a lane one by one, for whoever shows them to a person.
    package func lines(_ lane: Lane) -> [ArraySlice<UInt8>] {
        segments[lane].flatMap { $0.lines.split(separator: UInt8(ascii: "\n")) }
    }

    func byteCount(_ lane: Lane) -> Int { segments[lane].reduce(0) { $0 + $1.lines.count } }
}

/// Consecutive events of one lane that will be one row: at most 5,000 and, unless it is a single
/// one, 256 KiB.
struct Segment: Equatable, Sendable {
    static let eventsMax = 5000
    static let bytesMax = 262_144
    /// Two readings of one wall clock that differ by less tell the same offset.
    private static let stepMax: Duration = .milliseconds(1)

    let basis: EdgeClock.Basis
    private(set) var oldest: Timestamp
    private(set) var count = 0
    /// Each event and a line feed.
    private(set) var lines: [UInt8] = []

    init(_ stamp: EdgeClock.Stamp) {
        basis = stamp.basis
        oldest = stamp.time
    }

    /// For events that came before, and whose times are right.
    init(correctedAt oldest: Timestamp) {
        basis = .corrected
        self.oldest = oldest
    }

    func hasRoom(bytes: Int) -> Bool {
        count < Self.eventsMax && (count == 0 || lines.count + bytes <= Self.bytesMax)
    }

    mutating func append(_ line: [UInt8]) {
        lines.append(contentsOf: line)
        lines.append(UInt8(ascii: "\n"))
        count += 1
    }

    /// Takes in what came later; false where it does not fit.
    mutating func append(_ later: Segment) -> Bool {
        guard count + later.count <= Self.eventsMax,
            lines.count + later.lines.count <= Self.bytesMax, isSameBasis(later.basis)
        else { return false }
        lines.append(contentsOf: later.lines)
        count += later.count
        oldest = min(oldest, later.oldest)
        return true
    }

    private func isSameBasis(_ other: EdgeClock.Basis) -> Bool {
        switch (basis, other) {
        case (.corrected, .corrected): return true
        case (.wall(let ahead, let boot), .wall(let otherAhead, let otherBoot)):
            let step = ahead - otherAhead
            return boot == otherBoot && step < Self.stepMax && step > .zero - Self.stepMax
        case (.corrected, .wall), (.wall, .corrected): return false
        }
    }
}

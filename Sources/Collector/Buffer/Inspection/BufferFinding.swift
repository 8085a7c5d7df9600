package import ConveyProtocol

/// Something wrong that a look through the whole buffer found.
package struct BufferFinding: Equatable, Sendable {
    /// What is wrong; the raw value stands in `buffer verify --json`.
    package enum Kind: String, Sendable {
        /// SQLite's own check of the file failed.
        case file
        /// Commits at the end of the log cannot be reached.
        case log
        /// Events cannot be read: their frame or its checksum is damaged.
        case unreadable
        /// Numbers that have neither events nor a gap.
        case missing
        /// The chain over the events is not the one that a receipt covered.
        case chain
        /// A lane's figures contradict one another.
        case accounts
        /// A file of the quarantine is missing or cannot be read.
        case quarantine
    }

    /// What is wrong.
    package let kind: Kind
    /// Nil where it concerns no single lane.
    package let lane: Lane?
    /// Numbers in the current epoch; at or below 0 are those of the epochs before it.
    package let seqs: ClosedRange<Int64>?
    /// For the operator; holds nothing of any event.
    package let sentence: String

    init(
        _ kind: Kind, _ sentence: String, _ lane: Lane? = nil, _ seqs: ClosedRange<Int64>? = nil
    ) {
        self.kind = kind
        self.lane = lane
        self.seqs = seqs
        self.sentence = sentence
    }
}

/// What was looked at, and what is wrong with it.
package struct BufferVerification: Equatable, Sendable {
    /// Most findings that are kept; a file that is damaged all over repeats itself.
    package static let findingsMax = 1000

    /// In the order in which they were found.
    package private(set) var findings: [BufferFinding] = []
    /// Rows of events whose frame and checksum were read.
    package internal(set) var chunks: Int64 = 0
    /// Events in those.
    package internal(set) var events: Int64 = 0
    /// Bytes of those on the disk, compressed.
    package internal(set) var storedBytes: Int64 = 0
    /// Receipts whose chain was computed again.
    package internal(set) var chains: Int64 = 0

    /// Whether nothing is wrong.
    package var isSound: Bool { findings.isEmpty }

    mutating func note(_ finding: BufferFinding) {
        if findings.count < Self.findingsMax { findings.append(finding) }
    }
}

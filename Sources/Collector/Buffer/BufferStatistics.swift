package import ConveyProtocol
package import Time

/// How the buffer stands, for `status`, metrics and the accounts; as of its last commit.
package struct BufferStatistics: Equatable, Sendable {
    /// Whether intake is open, and if not, what keeps it shut.
    package enum Condition: Equatable, Sendable {
        case open
        case refusing(BufferRefusal)
    }

    /// One lane's events through the life of the file, and its numbers in the current epoch.
    package struct LaneFigures: Equatable, Sendable {
        /// Acknowledged and on the disk.
        package var stored: Int64 = 0
        /// Covered by a receipt, whatever their outcome.
        package var receipted: Int64 = 0
        /// Without a receipt so far.
        package var pending: Int64 = 0
        /// In files, since the aggregator refused the framing of their batch.
        package var quarantined: Int64 = 0
        /// Given up, by reason.
        package var gaps: [String: Int64] = [:]
        /// Turned away at the door, by reason; not part of `stored`.
        package var refused: [String: Int64] = [:]
        /// The last number given out, 0 before the first.
        package var assignedSeq: Int64 = 0
        /// The last number with a receipt, 0 before the first.
        package var receiptedSeq: Int64 = 0

        /// Whether every stored event is in exactly one place.
        package var isBalanced: Bool {
            stored == receipted + pending + quarantined + gaps.values.reduce(0, +)
        }
    }

    /// Whether events are taken now.
    package var condition: Condition
    /// Nil until the file could be opened.
    package var epoch: EpochID?
    /// The epoch that this one continues; nil for the first of a file.
    package var parent: EpochID?
    /// Why the current epoch began.
    package var epochCause: EpochCause?
    /// By the machine's own clock.
    package var epochMadeAt: Timestamp?
    /// The figures of each lane.
    package var lanes = PerLane<LaneFigures>(repeating: LaneFigures())
    /// Bytes in use of the budget.
    package var usedBytes: Int64 = 0
    /// The budget.
    package var bytesMax: Int64
    /// Whether space is kept aside for a full disk.
    package var hasBallast = false
    /// When the last commit was made.
    package var committedAt: Timestamp?
    /// Files that were found damaged and moved aside since the start.
    package var damagedFiles: [String] = []
    /// A damaged file whose events are still being saved.
    package var salvagedFile: String?

    /// Whether the accounts of all lanes close.
    package var isBalanced: Bool { Lane.allCases.allSatisfy { lanes[$0].isBalanced } }

    init(condition: Condition, bytesMax: Int64) {
        self.condition = condition
        self.bytesMax = bytesMax
    }
}

extension BufferStatistics {
    /// Why the current epoch began.
    package enum EpochCause: String, Sendable {
        /// The file is new.
        case newFile = "new"
        /// The ledger knew another event under one of our numbers.
        case fork
        /// The ledger knew numbers that this file never gave out.
        case restored
        /// The file is a copy of the one that was written.
        case copied
        /// After a failure the disk held less than was acknowledged.
        case lost
        /// Made of what could be read from a damaged file.
        case salvaged
    }
}

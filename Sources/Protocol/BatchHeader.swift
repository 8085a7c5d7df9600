package import Crypto
package import JSON
package import Time

/// The first line of a batch: what it covers, and how its collector stands.
/// - Source: protocol/SPEC.md, section 3.3.
package struct BatchHeader: Equatable, Sendable {
    /// The version of the event schema that this house writes.
    package static let schema: Int64 = 1
    /// The largest number that JSON carries exactly everywhere.
    package static let seqMax: Int64 = 9_007_199_254_740_991
    /// The longest header line.
    package static let bytesMax = 65_536
    /// The most gaps that a batch states.
    package static let gapsMax = 500

    /// What this epoch continues.
    package struct Parent: Equatable, Sendable {
        /// The epoch that goes on here.
        package let epoch: EpochID
        /// The last number of each lane that stays in the parent; 0 for none.
        package let lastSeq: PerLane<Int64>

        /// States a parent; the same in every batch of an epoch.
        package init(epoch: EpochID, lastSeq: PerLane<Int64>) {
            self.epoch = epoch
            self.lastSeq = lastSeq
        }
    }

    /// What the batch covers. An empty one has `lastSeq` = `firstSeq` − 1.
    package struct Coverage: Equatable, Sendable {
        /// The one lane of all its events.
        package let lane: Lane
        /// First number covered; of an empty batch, the next one to be sent.
        package let firstSeq: Int64
        /// Last number covered.
        package let lastSeq: Int64
        /// Lines that follow.
        package let count: Int
        /// Ascending, inside the coverage.
        package let gaps: [Gap]
        /// The chain's value before `firstSeq`.
        package let chainBefore: SHA256Digest
        /// The chain's value after `lastSeq`.
        package let chainAfter: SHA256Digest

        /// Covers these numbers, or none of them and only the next.
        package init(
            lane: Lane, numbers: ClosedRange<Int64>?, next: Int64, gaps: [Gap],
            chain: (before: SHA256Digest, after: SHA256Digest)
        ) {
            self.lane = lane
            firstSeq = numbers?.lowerBound ?? next
            lastSeq = numbers?.upperBound ?? next - 1
            self.gaps = gaps
            count = Int(lastSeq - firstSeq + 1 - gaps.reduce(0) { $0 + $1.count })
            chainBefore = chain.before
            chainAfter = chain.after
        }

        /// Whether it only says that the collector lives.
        package var isEmpty: Bool { lastSeq < firstSeq }
    }

    /// How the whole collector stands when it sends; the same in batches of every lane.
    package struct Standing: Equatable, Sendable {
        /// Highest number given out in this epoch.
        package var assigned: PerLane<Int64>
        /// `received_at` of the oldest event without a receipt; `sentAt` where none waits.
        package var pendingFrom: PerLane<Timestamp>
        /// Events turned away at the door since the epoch began, by reason.
        package var refused: PerLane<[String: Int64]>
        /// By the collector's corrected clock.
        package var sentAt: Timestamp
        /// What the collector adds to its own clock.
        package var clockOffsetMilliseconds: Int64
        /// Program and version: 1-64 printable ASCII characters.
        package var shipper: String

        /// Stands at nothing assigned, nothing waiting, nothing refused.
        package init(sentAt: Timestamp, shipper: String) {
            assigned = PerLane(repeating: 0)
            pendingFrom = PerLane(repeating: sentAt)
            refused = PerLane(repeating: [:])
            self.sentAt = sentAt
            clockOffsetMilliseconds = 0
            self.shipper = shipper
        }
    }

    /// The sender; must be the owner of the signing key.
    package let collector: CollectorID
    /// The life of the buffer file that numbered the events.
    package let epoch: EpochID
    /// What the epoch continues, if anything.
    package let parent: Parent?
    /// Which numbers the batch covers.
    package let coverage: Coverage
    /// How the collector stands.
    package let standing: Standing

    /// Puts a header together; nothing is checked here.
    package init(
        collector: CollectorID, epoch: EpochID, parent: Parent?, coverage: Coverage,
        standing: Standing
    ) {
        self.collector = collector
        self.epoch = epoch
        self.parent = parent
        self.coverage = coverage
        self.standing = standing
    }
}

// MARK: Writing

extension BatchHeader {
    /// Writes the header line without its LF.
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("collector", collector.description)
            writer.member("epoch", epoch.description)
            if let parent {
                writer.member("parent", parent.epoch.description)
                writer.member("parent_last_seq", parent.lastSeq) { $0.integer($1) }
            }
            coverage.write(to: &writer)
            standing.write(to: &writer)
        }
    }
}

extension BatchHeader.Coverage {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("lane", lane.rawValue)
        writer.member("first_seq", firstSeq)
        writer.member("last_seq", lastSeq)
        writer.member("count", Int64(count))
        writer.key("gaps")
        writer.array { writer in
            for gap in gaps { writer.verbatim(gap.statement.utf8.span) }
        }
        writer.member("chain_before", chainBefore.hex)
        writer.member("chain_after", chainAfter.hex)
    }
}

extension BatchHeader.Standing {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("assigned", assigned) { $0.integer($1) }
        writer.member("pending_from", pendingFrom) { $0.time($1) }
        writer.member("refused", refused) { writer, reasons in
            writer.object { writer in
                for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
                    writer.key(reason)
                    writer.integer(count)
                }
            }
        }
        writer.member("sent_at", sentAt)
        writer.member("clock_offset_ms", clockOffsetMilliseconds)
        writer.member("schema", BatchHeader.schema)
        writer.member("shipper", shipper)
    }
}

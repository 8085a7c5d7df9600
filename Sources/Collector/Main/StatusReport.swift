import Buffer
import ConveyProtocol
import Daemon
import JSON
import Time

/// How the collector stands, for a person or a script. Pure: takes what others measured.
struct StatusReport: Sendable {
    let takenAt: Timestamp
    let buffer: BufferStatistics
    /// What is added to the machine's clock; nil before the first signed answer.
    let clockOffset: Duration?

    /// What an operator should know, in plain words; empty when all is well.
    var problems: [String] {
        var problems: [String] = []
        if case .refusing(let reason) = buffer.condition {
            problems.append("Events are refused: \(Self.words(for: reason)).")
        }
        if !buffer.isBalanced {
            problems.append(
                "The buffer's accounts do not close; report this as a fault of the program.")
        }
        for file in buffer.damagedFiles {
            problems.append(
                "A damaged buffer was moved aside to \(file); what could be read was kept.")
        }
        for lane in Lane.allCases where buffer.lanes[lane].quarantined > 0 {
            problems.append(
                "\(buffer.lanes[lane].quarantined) \(lane.rawValue) events lie in quarantine, since the aggregator could not read their batch."
            )
        }
        if let offset = clockOffset, offset > .seconds(60) || offset < .seconds(-60) {
            problems.append(
                "This machine's clock is wrong by \(offset.wholeMilliseconds / 1000) s; event times are corrected."
            )
        }
        return problems
    }

    private static func words(for refusal: BufferRefusal) -> String {
        switch refusal {
        case .budget: "the buffer has used up its bytes"
        case .diskFull: "the disk is full"
        case .diskReadOnly: "the disk is read-only"
        case .diskFault: "the disk failed, or the buffer is being opened"
        case .busy: "too many wait for the disk"
        case .stopping: "the collector is stopping"
        }
    }
}

// MARK: For scripts

extension StatusReport {
    /// One JSON object; members are only ever added.
    func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.key("version")
            writer.string(collectorVersion)
            writer.key("time")
            writer.string(takenAt.description)
            writer.key("accepting")
            writer.bool(buffer.condition == .open)
            writer.key("balanced")
            writer.bool(buffer.isBalanced)
            writeBuffer(&writer)
            writer.key("clock_offset_ms")
            if let clockOffset {
                writer.integer(clockOffset.wholeMilliseconds)
            } else {
                writer.null()
            }
            writer.key("problems")
            writer.array { writer in for problem in problems { writer.string(problem) } }
        }
        return writer.bytes
    }

    private func writeBuffer(_ writer: inout JSONWriter) {
        writer.key("epoch")
        if let epoch = buffer.epoch { writer.string(epoch.description) } else { writer.null() }
        writer.key("used_bytes")
        writer.integer(buffer.usedBytes)
        writer.key("bytes_max")
        writer.integer(buffer.bytesMax)
        writer.key("ballast")
        writer.bool(buffer.hasBallast)
        writer.key("lanes")
        writer.object { writer in
            for lane in Lane.allCases {
                writer.key(lane.rawValue)
                write(buffer.lanes[lane], &writer)
            }
        }
    }

    private func write(_ figures: BufferStatistics.LaneFigures, _ writer: inout JSONWriter) {
        writer.object { writer in
            let counts: [(StaticString, Int64)] = [
                ("stored", figures.stored), ("receipted", figures.receipted),
                ("pending", figures.pending), ("quarantined", figures.quarantined),
                ("assigned_seq", figures.assignedSeq), ("receipted_seq", figures.receiptedSeq),
            ]
            for (name, count) in counts {
                writer.key(name)
                writer.integer(count)
            }
            for (name, reasons) in [("gaps", figures.gaps), ("refused", figures.refused)] {
                writer.key(name)
                writer.object { writer in
                    for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
                        writer.key(reason)
                        writer.integer(count)
                    }
                }
            }
        }
    }
}

// MARK: For people

extension StatusReport {
    /// A page for a terminal.
    func text() -> String {
        var lines = ["convey-collector \(collectorVersion) at \(takenAt)"]
        lines.append(buffer.condition == .open ? "Taking events." : "NOT taking events.")
        lines.append("")
        lines.append(
            Self.row(["lane", "stored", "receipted", "pending", "quarantined", "gaps", "refused"]))
        for lane in Lane.allCases {
            let figures = buffer.lanes[lane]
            let numbers = [
                figures.stored, figures.receipted, figures.pending, figures.quarantined,
                figures.gaps.values.reduce(0, +), figures.refused.values.reduce(0, +),
            ]
            lines.append(Self.row([lane.rawValue] + numbers.map(\.description)))
        }
        lines.append("")
        let percent = buffer.bytesMax > 0 ? buffer.usedBytes * 100 / buffer.bytesMax : 0
        lines.append(
            "Buffer: \(buffer.usedBytes / 1024) KiB of \(buffer.bytesMax / 1024) KiB (\(percent) %)"
        )
        lines.append("Clock: \(clockWords)")
        lines += problems.isEmpty ? ["All is well."] : problems.map { "! \($0)" }
        return lines.joined(separator: "\n")
    }

    private var clockWords: String {
        guard let clockOffset else { return "not yet compared with the aggregator's" }
        return "\(clockOffset.wholeMilliseconds) ms are added to this machine's"
    }

    private static func row(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, 12 - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }.joined()
    }
}

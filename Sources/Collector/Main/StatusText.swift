import Buffer
import ConveyProtocol
import Delivery
import Time

extension StatusReport {
    /// A page for a terminal.
    func text() -> String {
        let lines =
            [
                "convey-collector \(collectorVersion) at \(takenAt)",
                stateLine,
            ] + correspondenceLines + [""] + laneLines + ["", bufferLine] + incidentLines
            + (problems.isEmpty ? ["All is well."] : problems.map { "! \($0)" })
        return lines.joined(separator: "\n")
    }

    private var stateLine: String {
        if running == nil { return "Not running." }
        return buffer.condition == .open ? "Taking events." : "NOT taking events."
    }

    private var correspondenceLines: [String] {
        guard let enrolment = correspondence.enrolment else { return [] }
        let delivery = correspondence.delivery
        let version = correspondence.settingsVersion.map { "version \($0)" } ?? "none yet"
        return [
            "Collector \(enrolment.collector) of \(enrolment.aggregator); settings: \(version).",
            "Last receipt: \(delivery.lastReceiptAt?.description ?? "none yet"). Clock: \(clockWords).",
        ]
    }

    private var clockWords: String {
        guard let offset = correspondence.delivery.clockOffset else {
            return "not yet compared with the aggregator's"
        }
        return "\(offset.wholeMilliseconds) ms are added to this machine's"
    }

    private var laneLines: [String] {
        let header = ["lane", "stored", "receipted", "pending", "quarantined", "gaps", "refused"]
        return [Self.row(header)]
            + Lane.allCases.map { lane in
                let figures = buffer.lanes[lane]
                let numbers = [
                    figures.stored, figures.receipted, figures.pending, figures.quarantined,
                    figures.gaps.values.reduce(0, +), figures.refused.values.reduce(0, +),
                ]
                return Self.row([lane.rawValue] + numbers.map(\.description))
            }
    }

    private var bufferLine: String {
        let percent = buffer.bytesMax > 0 ? buffer.usedBytes * 100 / buffer.bytesMax : 0
        return
            "Buffer: \(buffer.usedBytes / 1024) KiB of \(buffer.bytesMax / 1024) KiB (\(percent) %)."
    }

    private var incidentLines: [String] {
        incidents.suffix(5).map { "\($0.at) \($0.sentence)" }
    }

    private static func row(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, 12 - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }.joined()
    }
}

import Buffer
import ConveyProtocol
import Delivery
import JSON
import Time

extension StatusReport {
    /// One JSON object for scripts; members are only ever added.
    func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.object { writer in
            writer.member("version", collectorVersion)
            writer.member("time", takenAt)
            writer.member("accepting", buffer.condition == .open)
            writer.member("balanced", buffer.isBalanced)
            write(correspondence, &writer)
            writer.member("untrusted_proxy_requests", untrustedProxyRequests)
            writer.member("shop_errors", shopErrors)
            writeIncidents(&writer)
            writeBuffer(&writer)
            writer.key("lanes")
            writer.object { writer in
                for lane in Lane.allCases {
                    writer.key(lane.rawValue)
                    write(buffer.lanes[lane], correspondence.delivery.lanes[lane], &writer)
                }
            }
            writer.key("problems")
            writer.array { writer in for problem in problems { writer.string(problem) } }
        }
        return writer.bytes
    }

    private func write(_ report: CorrespondenceReport, _ writer: inout JSONWriter) {
        writer.member("enrolled", report.enrolment != nil)
        writer.member("collector", report.enrolment?.collector.description)
        writer.member("aggregator", report.enrolment?.aggregator)
        writer.member("settings_version", report.settingsVersion)
        writer.member("last_receipt_at", report.delivery.lastReceiptAt)
        writer.member("trouble", report.delivery.trouble?.sentence)
        writer.member("trouble_since", report.delivery.troubleSince)
        writer.member("next_try_at", report.delivery.nextTryAt)
        writer.member("clock_offset_ms", report.delivery.clockOffset?.wholeMilliseconds)
    }

    private func writeIncidents(_ writer: inout JSONWriter) {
        writer.key("incidents")
        writer.array { writer in
            for incident in incidents {
                writer.object { writer in
                    writer.member("at", incident.at)
                    writer.member("what", incident.sentence)
                }
            }
        }
    }

    private func writeBuffer(_ writer: inout JSONWriter) {
        writer.member("epoch", buffer.epoch?.description)
        writer.member("used_bytes", buffer.usedBytes)
        writer.member("bytes_max", buffer.bytesMax)
        writer.member("ballast", buffer.hasBallast)
        writer.member("salvaging", buffer.salvagedFile)
    }

    private func write(
        _ figures: BufferStatistics.LaneFigures, _ delivered: DeliveryReport.LaneFigures,
        _ writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("stored", figures.stored)
            writer.member("receipted", figures.receipted)
            writer.member("pending", figures.pending)
            writer.member("quarantined", figures.quarantined)
            writer.member("assigned_seq", figures.assignedSeq)
            writer.member("receipted_seq", figures.receiptedSeq)
            writer.member("expected_seq", delivered.expectedSeq)
            writer.member("rejected", delivered.rejected)
            writer.member("gaps", figures.gaps)
            writer.member("refused", figures.refused)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    fileprivate mutating func member(_ name: StaticString, _ time: Timestamp?) {
        member(name, time?.description)
    }

    fileprivate mutating func member(_ name: StaticString, _ number: Int64?) {
        key(name)
        if let number { integer(number) } else { null() }
    }

    fileprivate mutating func member(_ name: StaticString, _ truth: Bool) {
        key(name)
        bool(truth)
    }

    fileprivate mutating func member(_ name: StaticString, _ counts: [String: Int64]) {
        key(name)
        object { writer in
            for (reason, count) in counts.sorted(by: { $0.key < $1.key }) {
                writer.key(reason)
                writer.integer(count)
            }
        }
    }
}

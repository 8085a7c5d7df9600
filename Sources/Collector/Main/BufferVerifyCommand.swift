import Buffer
import ConveyProtocol
import Daemon
import JSON

/// `buffer verify`: reads all that the buffer holds, running or not, and names what is wrong.
struct BufferVerifyCommand {
    private let place: CollectorPlace

    init(_ place: CollectorPlace) { self.place = place }

    /// 0 sound, 65 something is wrong, 66 there is no buffer, 1 it cannot be looked at.
    func run(wantsJSON: Bool) -> Int32 {
        guard BoundedFile.exists(place.buffer) else {
            Terminal.complain("There is no buffer in \(place.directory).")
            return 66
        }
        var inspector = BufferInspector(BufferPlace(path: place.buffer))
        do throws(BufferFault) {
            let found = try inspector.verify()
            Terminal.tell(part: wantsJSON ? Self.json(found) + [10] : Self.text(found))
            return found.isSound ? 0 : 65
        } catch {
            Terminal.complain(error.sentence)
            return 1
        }
    }

    static func text(_ found: BufferVerification) -> [UInt8] {
        let lines = found.findings.map { finding in
            let lane = finding.lane.map { " \($0.rawValue)" } ?? ""
            let seqs = finding.seqs.map { " \($0.lowerBound)-\($0.upperBound)" } ?? ""
            return "\(finding.kind.rawValue)\(lane)\(seqs): \(finding.sentence)\n"
        }
        let verdict = found.isSound ? "Sound" : "\(found.findings.count) findings"
        let sum =
            "\(verdict): \(found.events) events in \(found.chunks) chunks of \(found.storedBytes) "
            + "bytes, chains behind \(found.chains) receipts.\n"
        return Array((lines.joined() + sum).utf8)
    }

    /// One JSON object for scripts; members are only ever added.
    static func json(_ found: BufferVerification) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.member("sound", found.isSound)
            writer.member("events", found.events)
            writer.member("chunks", found.chunks)
            writer.member("stored_bytes", found.storedBytes)
            writer.member("chains", found.chains)
            writer.key("findings")
            writer.array { writer in
                for finding in found.findings { write(finding, &writer) }
            }
        }
        return writer.bytes
    }

    private static func write(_ finding: BufferFinding, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("kind", finding.kind.rawValue)
            writer.member("lane", finding.lane?.rawValue)
            writer.member("first_seq", finding.seqs?.lowerBound)
            writer.member("last_seq", finding.seqs?.upperBound)
            writer.member("what", finding.sentence)
        }
    }
}

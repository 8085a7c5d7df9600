import Buffer
import ConveyProtocol
import Daemon

/// `buffer list --quarantine`: one line for each batch that the aggregator could not read.
struct QuarantineList {
    private let place: CollectorPlace

    init(_ place: CollectorPlace) { self.place = place }

    func run(_ lanes: [Lane]) -> Int32 {
        do throws(BufferFault) {
            let entries = try QuarantineView(BufferPlace(path: place.buffer)).entries()
            for entry in entries where lanes.contains(entry.file.lane) {
                Terminal.tell(Self.line(entry))
            }
            return 0
        } catch {
            Terminal.complain(error.sentence)
            return 1
        }
    }

    static func line(_ entry: QuarantineView.Entry) -> String {
        let file = entry.file
        let count = entry.count.map { "\($0) events" } ?? "not known to this buffer"
        return
            "\(file.lane.rawValue) \(file.seqs.lowerBound)-\(file.seqs.upperBound) of \(file.epoch) "
            + "\(entry.state) \(count); \(reason(entry.answer)); \(entry.path)"
    }

    private static func reason(_ answer: [UInt8]?) -> String {
        guard let answer else { return "no answer beside it" }
        do throws(AnswerRefusal) {
            guard
                case .framing(let code, let line)? = try ProblemBody(json: answer, status: 400)
                    .problem
            else { return "answered otherwise" }
            return "framing \(code.rawValue)" + (line.map { " in line \($0)" } ?? "")
        } catch {
            return "an answer that cannot be read"
        }
    }
}

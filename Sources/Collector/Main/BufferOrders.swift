import Buffer
import Daemon
import HTTP
import JSON

/// Orders that change the buffer: only the process that holds it may carry them out. The same words
/// come from the running collector and from a command that took its lock.
struct BufferOrders: Sendable {
    private let buffer: Buffer

    init(_ buffer: Buffer) { self.buffer = buffer }

    /// What came of an order.
    struct Reply: Equatable {
        /// 0 done, 1 not, 65 some of it not, 69 not while the collector runs.
        let exitStatus: Int32
        let text: [UInt8]

        init(_ exitStatus: Int32, _ text: [UInt8]) {
            (self.exitStatus, self.text) = (exitStatus, text)
        }
    }

    /// Routes of the local socket.
    var routes: [Route] {
        [
            Route(
                .post, "/buffer/requeue",
                handler: .concurrent { request in
                    let name = String(decoding: request.body, as: UTF8.self)
                    return Self.answer(
                        await requeue(
                            name.isEmpty ? nil : name, wantsJSON: request.query["format"] == "json")
                    )
                }),
            Route(
                .post, "/buffer/salvage",
                handler: .concurrent { request in
                    Self.answer(
                        await beginSalvage(String(decoding: request.body, as: UTF8.self)))
                }),
        ]
    }

    /// Saves another damaged file beside all other work.
    private func beginSalvage(_ path: String) async -> Reply {
        guard !path.isEmpty else {
            return Reply(
                69, Array("Stop the collector first: its own file is looked at whole.\n".utf8))
        }
        do throws(BufferFault) {
            try await buffer.beginSalvage(path)
            return Reply(0, Array("The collector saves it now; see status.\n".utf8))
        } catch {
            return Reply(1, Array("\(error.sentence)\n".utf8))
        }
    }

    /// Saves a damaged file to the end; nil is this buffer's own, where it is damaged.
    func salvage(_ path: String?) async -> Reply {
        do throws(BufferFault) {
            guard let path else {
                let wasDamaged = try await buffer.salvageOwn()
                return Reply(
                    0,
                    Array(
                        (wasDamaged
                            ? "It was damaged; what could be read goes on in a new epoch.\n"
                            : "It is sound; nothing was done.\n").utf8))
            }
            let result = try await buffer.salvage(path)
            return Reply(
                0,
                Array(
                    "\(result.saved) events were saved, \(result.wasSaved) had been before.\n".utf8)
            )
        } catch {
            return Reply(1, Array("\(error.sentence)\n".utf8))
        }
    }

    /// Puts batches from the quarantine back into the line.
    func requeue(_ name: String?, wantsJSON: Bool) async -> Reply {
        do throws(BufferFault) {
            let results = try await buffer.requeue(name)
            let areAllBack = results.allSatisfy { !$0.outcome.isRefused }
            let text = wantsJSON ? Self.json(results) : Self.text(results)
            return Reply(areAllBack ? 0 : 65, text)
        } catch {
            return Reply(1, Array("\(error.sentence)\n".utf8))
        }
    }

    private static func answer(_ reply: Reply) -> Response {
        switch reply.exitStatus {
        case 0: .text(200, String(decoding: reply.text, as: UTF8.self))
        case 65: .text(422, String(decoding: reply.text, as: UTF8.self))
        case 69: .text(409, String(decoding: reply.text, as: UTF8.self))
        default: .text(503, String(decoding: reply.text, as: UTF8.self))
        }
    }

    /// What the running collector answered.
    static func reply(_ answer: Response) -> Reply {
        switch answer.status {
        case 200: Reply(0, answer.body)
        case 409: Reply(69, answer.body)
        case 422: Reply(65, answer.body)
        default: Reply(1, answer.body)
        }
    }

    private static func text(_ results: [RequeueResult]) -> [UInt8] {
        guard !results.isEmpty else { return Array("Nothing lies in quarantine.\n".utf8) }
        return Array(results.map { "\($0.name): \($0.outcome.words)\n" }.joined().utf8)
    }

    private static func json(_ results: [RequeueResult]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.array { writer in
            for result in results {
                writer.object { writer in
                    writer.member("file", result.name)
                    writer.member("outcome", result.outcome.name)
                    writer.member("events", result.outcome.count)
                    writer.member("what", result.outcome.words)
                }
            }
        }
        return writer.bytes + [10]
    }
}

extension RequeueResult.Outcome {
    fileprivate var isRefused: Bool { name == "refused" }

    fileprivate var name: String {
        switch self {
        case .fillsGap: "fills_gap"
        case .appended: "appended"
        case .wasBack: "was_back"
        case .refused: "refused"
        }
    }

    fileprivate var count: Int64? {
        switch self {
        case .fillsGap(let count), .appended(let count): Int64(count)
        case .wasBack, .refused: nil
        }
    }

    fileprivate var words: String {
        switch self {
        case .fillsGap(let count): "\(count) events wait, to fill the gap that was stated for them."
        case .appended(let count): "\(count) events wait under new numbers."
        case .wasBack: "It came back before; nothing was done."
        case .refused(let sentence): "It stays aside. \(sentence)"
        }
    }
}

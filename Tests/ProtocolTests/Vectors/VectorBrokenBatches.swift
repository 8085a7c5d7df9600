import Crypto
import Foundation
import JSON
import Zstd

@testable import ConveyProtocol

/// Makes the vectors of batches that break section 3, each in one way.
enum VectorBrokenBatches {
    static func all() throws -> [BrokenBatchVector] {
        let body = try VectorBatches.batches()[0].body
        return edits.map { edit in
            precondition(body.ranges(of: edit.old).count == 1, "An edit changes one place.")
            return vector(
                edit.name, Array(body.replacing(edit.old, with: edit.new).utf8), edit.problem)
        } + (try compressed()) + (try coded())
    }

    private struct Edit {
        let name: String
        let old: String
        let new: String
        let problem: ProtocolProblem

        init(_ name: String, _ old: String, _ new: String, _ problem: ProtocolProblem) {
            (self.name, self.old, self.new, self.problem) = (name, old, new, problem)
        }
    }

    private static let edits: [Edit] = [
        Edit("the count is too high", "\"count\":2", "\"count\":3", .framing(.count, line: 1)),
        Edit(
            "a line is missing", "{\"seq\":1,\"id\":\"a\",\"type\":\"page_view\"}\n", "",
            .framing(.seq, line: 2)),
        Edit(
            "first_seq beyond last_seq", "\"first_seq\":1", "\"first_seq\":9",
            .framing(.headerRange, line: 1)),
        Edit(
            "a number with a fraction", "\"first_seq\":1", "\"first_seq\":1.0",
            .framing(.headerMember, line: 1)),
        Edit(
            "a member is missing", "\"assigned\"", "\"assignment\"",
            .framing(.headerMember, line: 1)),
        Edit(
            "an unknown lane", "\"lane\":\"conversion\"", "\"lane\":\"other\"",
            .framing(.headerMember, line: 1)),
        Edit(
            "a lane is missing in pending_from", "\"pageview\":\"2026", "\"other\":\"2026",
            .framing(.headerMember, line: 1)),
        Edit(
            "a time without milliseconds", "\"sent_at\":\"2026-03-01T12:00:00.000Z\"",
            "\"sent_at\":\"2026-03-01T12:00:00Z\"", .framing(.headerMember, line: 1)),
        Edit(
            "a UUID in capitals", "\"epoch\":\"0192f0c1", "\"epoch\":\"0192F0C1",
            .framing(.headerMember, line: 1)),
        Edit(
            "the header is no JSON", "{\"collector\"", "{collector\"",
            .framing(.headerJSON, line: 1)),
        Edit(
            "a member twice", "\"count\":2", "\"count\":2,\"count\":2",
            .framing(.headerJSON, line: 1)),
        Edit("an unknown schema", "\"schema\":1", "\"schema\":2", .schema),
        Edit(
            "a gap upside down", "\"gaps\":[]", "\"gaps\":[[2,1,\"x\"]]",
            .framing(.headerMember, line: 1)),
        Edit(
            "a gap outside the batch", "\"gaps\":[]", "\"gaps\":[[3,3,\"x\"]]",
            .framing(.gaps, line: 1)),
        Edit(
            "a reason in capitals", "\"gaps\":[]", "\"gaps\":[[1,1,\"X\"]]",
            .framing(.headerMember, line: 1)),
        Edit("an empty line", "\n{\"seq\":1", "\n\n{\"seq\":1", .framing(.emptyLine, line: 2)),
        Edit(
            "a number with a leading zero", "{\"seq\":2,", "{\"seq\":02,", .framing(.seq, line: 3)),
        Edit("a number too far", "{\"seq\":2,", "{\"seq\":3,", .framing(.seq, line: 3)),
        Edit("a blank before the number", "{\"seq\":2,", "{\"seq\": 2,", .framing(.seq, line: 3)),
        Edit(
            "the number is not the first member", "{\"seq\":2,", "{\"x\":1,\"seq\":2,",
            .framing(.seq, line: 3)),
        Edit(
            "the last line has no end", "\"type\":\"t\"}\n", "\"type\":\"t\"}",
            .framing(.lineEnd, line: 3)),
        Edit(
            "a line too many", "\"type\":\"t\"}\n", "\"type\":\"t\"}\n{\"seq\":3}\n",
            .framing(.count, line: 4)),
        Edit(
            "a line ends with CR LF at its front", "{\"seq\":1,", "\r{\"seq\":1,",
            .framing(.seq, line: 2)),
    ]

    private static func compressed() throws -> [BrokenBatchVector] {
        var compressor = Compressor(level: 19)
        let bomb = try compressor.compress([UInt8](repeating: 0, count: 8_388_608))
        let frame = Array(try VectorBatches.compressed())
        let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        return [
            vector("a bomb: 8 MiB in a few hundred bytes", bomb, .tooLarge(.standard), "zstd"),
            vector(
                "a frame cut short", Array(frame.dropLast(9)), .framing(.zstd, line: nil), "zstd"),
            vector("no frame at all", Array("{}\n".utf8), .framing(.zstd, line: nil), "zstd"),
            vector("nothing", [], .framing(.zstd, line: nil), "zstd"),
            vector(
                "a window of 128 MiB", magic + [0x00, 0x88, 0x09, 0x00, 0x00, 0x0A], .encoding,
                "zstd"),
            vector(
                "text that is not UTF-8", Array("{\"x\":\"".utf8) + [0xFF] + Array("\"}\n".utf8),
                .framing(.utf8, line: 1)),
        ]
    }

    /// What breaks section 3.6.
    private static func coded() throws -> [BrokenBatchVector] {
        var compressor = Compressor(level: 19)
        let bomb = try compressor.compress([UInt8](repeating: 0, count: 8_388_608))
        let sound = Array(try VectorBatches.coded())
        var unknown = sound
        unknown[8] ^= 1
        var unmarked = sound
        unmarked[0] = 0x5D
        let frame = Array(sound.dropFirst(BatchDictionary.head.count))
        let broken = ProtocolProblem.framing(.dcz, line: nil)
        return [
            vector("an unknown dictionary", unknown, .encoding, "dcz"),
            vector("other bytes before the dictionary's name", unmarked, broken, "dcz"),
            vector("the frame alone", frame, broken, "dcz"),
            vector("the dictionary's name alone", BatchDictionary.head, broken, "dcz"),
            vector("a coded frame cut short", Array(sound.dropLast(9)), broken, "dcz"),
            vector(
                "a frame that needs the dictionary, without it", frame, .framing(.zstd, line: nil),
                "zstd"),
            vector("a coded bomb", BatchDictionary.head + bomb, .tooLarge(.standard), "dcz"),
        ]
    }

    private static func vector(
        _ name: String, _ body: [UInt8], _ problem: ProtocolProblem, _ encoding: String? = nil
    ) -> BrokenBatchVector {
        var (code, line): (String?, Int?)
        if case .framing(let fault, let number) = problem {
            (code, line) = (fault.rawValue, number)
        }
        return BrokenBatchVector(
            name: name, contentEncoding: encoding, bodyBase64: Data(body).base64EncodedString(),
            problem: problem.kind.type, status: problem.status, code: code, line: line)
    }
}

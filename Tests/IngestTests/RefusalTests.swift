import AggregatorBench
import ConveyProtocol
import Daemon
import Foundation
import HTTP
import Ingest
import Store
import TestSupport
import Testing
import Zstd

/// Goal: what is no batch leaves no trace in the database, and the answer says what is wrong.
/// Method: signed requests, so that only the body is at fault; then unsigned ones.
@Suite struct RefusalTests {
    private func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        var compressor = Compressor(level: 3)
        return try compressor.compress(bytes.span)
    }

    private func rows(_ bench: IngestBench) async throws -> [Int64] {
        try await bench.numbers(
            SQL(
                """
                SELECT count(*) FROM ledger_epoch UNION ALL SELECT count(*) FROM chunk
                UNION ALL SELECT count(*) FROM event UNION ALL SELECT count(*) FROM dead_letter
                """))
    }

    @Test(arguments: Backend.all) func refusesBodiesThatAreNoBatch(_ backend: Backend) async throws
    {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let sound = try edge.seal(events: TestEvent.some(20)).body
        var altered = sound
        altered[altered.count / 2] ^= 0x40
        let bodies: [([UInt8], ProtocolProblem)] = [
            (Array(sound.dropLast(9)), .framing(.zstd, line: nil)),
            (Array("no zstd".utf8), .framing(.zstd, line: nil)),
            (try compressed(Array("{}\n".utf8)), .framing(.headerMember, line: 1)),
            (try compressed([]), .framing(.lineEnd, line: 1)),
        ]
        for (body, problem) in bodies {
            #expect(
                try await bench.send(body: body, coding: "zstd", from: edge) == .problem(problem))
        }
        let answer = try await bench.send(body: altered, coding: "zstd", from: edge)
        #expect(answer.problem?.status == 400)
        #expect(try await rows(bench) == [0, 0, 0, 0])
    }

    @Test(arguments: Backend.all) func takesTheDictionaryItAnnouncesAndNoOther(_ backend: Backend)
        async throws
    {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let first = try edge.seal(events: TestEvent.some(3))
        guard case .receipt(let receipt) = try await bench.send(first, from: edge) else {
            Issue.record("The batch was refused.")
            return
        }
        #expect(receipt.advice.dictionaries == [BatchDictionary.digest])
        edge.mayUseDictionary = true
        let batch = try edge.seal(events: TestEvent.some(3, from: 4))
        var unknown = batch.body
        unknown[8] ^= 1
        #expect(
            try await bench.send(body: unknown, coding: "dcz", from: edge) == .problem(.encoding))
        #expect(
            try await bench.send(body: first.body, coding: "dcz", from: edge)
                == .problem(.framing(.dcz, line: nil)))
        #expect(batch.coding == .dcz)
        let answer = try await bench.send(body: batch.body, coding: "dcz", from: edge)
        #expect(answer.receipt?.accepted == 3)
        #expect(answer.receipt?.position.chainMatches == true)
    }

    /// 2,500 frames of 4 MB each: 10 GB in 400 KB.
    @Test(arguments: Backend.all) func refusesABombWithoutUnpackingIt(_ backend: Backend)
        async throws
    {
        let bench = try await IngestBench(backend)
        let edge = bench.edge(1)
        let frame = try compressed(Array(repeating: 32, count: 4_194_304))
        let bomb = Array(repeatElement(frame, count: 2_500).joined())
        #expect(bomb.count < 2_000_000)
        let before = Self.peakMemoryKilobytes()
        let answer = try await bench.send(body: bomb, coding: "zstd", from: edge)
        #expect(answer.problem == .tooLarge(.standard))
        #expect(Self.peakMemoryKilobytes() - before < 1_000_000)
    }

    private static func peakMemoryKilobytes() -> Int {
        var usage = rusage()
        unsafe getrusage(0, &usage)  // of this process
        return usage.ru_maxrss
    }

    @Test(arguments: Backend.all) func statesItsOwnSmallerLimits(_ backend: Backend) async throws {
        var options = BatchReceiverOptions()
        options.limits = BatchLimits(eventsMax: 10, bytesMax: 100_000)
        let bench = try await IngestBench(backend, options: options)
        var edge = bench.edge(1)
        let batch = try edge.seal(events: TestEvent.some(11))
        #expect(try await bench.send(batch, from: edge).problem == .tooLarge(options.limits))
        #expect(try await rows(bench) == [0, 0, 0, 0])
    }

    @Test(arguments: Backend.all) func signsRefusalsOfUnsignedRequests(_ backend: Backend)
        async throws
    {
        let bench = try await IngestBench(backend)
        let request = Request(
            .post, "/v1/batches",
            headers: ["Content-Type": "application/x-ndjson", "Content-Digest": "sha-256=:AA==:"])
        let response = await bench.receiver.receive(request)
        #expect(response.status == 401 && response.headers["Signature"] != nil)
        let body = try ProblemBody(json: response.body, status: 401)
        #expect(body.problem == .signatureMissing)
    }

    @Test(arguments: Backend.all) func countsWhatItRefuses(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        let edge = bench.edge(1)
        _ = try await bench.send(body: Array("x".utf8), coding: "zstd", from: edge)
        #expect(
            bench.metrics.text().contains(
                #"convey_ingest_refused_batches_total{problem="framing"} 1"#))
    }
}

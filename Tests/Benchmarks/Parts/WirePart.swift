import ConveyProtocol
import Crypto
import HTTP

extension Part {
    /// Bytes that travel for an event, by the size of its batch.
    static let wire = Part(name: "wire", sentence: "Bytes on the wire for each event.") { bench in
        var result = PartResult("wire", "Bytes on the wire", bench)
        var table = PartResult.Table(
            title: "One event's share of a batch",
            columns: [
                "events a batch", "canonical bytes", "compressed", "ratio", "request head and body",
                "with the receipt",
            ])
        let context = try SampleSite.context()
        let random = RandomBytes()
        let lines = try SampleSite.lines(1_000, seed: 31, context).map { line in
            let id = EventID(at: SampleSite.receivedAt, random: random)
            return Array(
                String(decoding: line, as: UTF8.self).replacing(Samples.id, with: id.description)
                    .utf8)
        }
        for count in [1, 10, 100, 1_000] {
            let bytes = try WireBytes(Array(lines.prefix(count)))
            table.rows.append(bytes.row)
            result.counts["wire.request_bytes_per_event.of_\(count)"] = bytes.request
        }
        table.notes = [
            """
            Plain bytes of HTTP/1.1, TLS records not counted (about 30 bytes a request). Below 20 events \
            the batch's header, the signature and the receipt weigh more than the events; the published \
            dictionary (`dcz`), which the collector uses there, is not in these figures.
            """
        ]
        result.tables = [table]
        return result
    }
}

/// What a batch of these lines weighs.
private struct WireBytes {
    let count: Int
    let canonical: Double
    let body: Double
    /// Head and body, for each event.
    let request: Double
    let receipt: Double

    init(_ lines: [[UInt8]]) throws {
        count = lines.count
        guard let collector = CollectorID("019a0000-0000-7000-8000-00000000c011"),
            let epoch = EpochID("019a0000-0000-7000-8000-0000000e90c4")
        else { throw BenchFault("no sample collector") }
        var source = BatchSource(collector: collector, epoch: epoch, lane: .pageview)
        let batch = try source.batch(of: lines, at: SampleSite.receivedAt)
        let key = SigningKey(from: SeededBytes(seed: 5))
        let profile = MessageSignatureProfile(label: SignatureRule.label, tag: SignatureRule.tag)
        var headers: Headers = [
            "Host": "aggregator.example.com", "Accept": "*/*",
            "Content-Type": SealedBatch.mediaType, "Content-Encoding": "zstd",
            "Content-Digest": ContentDigest.field(batch.digest),
            "Content-Length": "\(batch.body.count)",
        ]
        let signable = SignableRequest(
            method: "POST", authority: "aggregator.example.com", target: "/v1/batches",
            headers: headers)
        profile.sign(&headers, of: signable, with: key, at: SampleSite.receivedAt)
        var answer = Response.json(200, Self.receipt(for: batch))
        profile.sign(&answer, to: signable, with: key, at: SampleSite.receivedAt)
        let events = Double(lines.count)
        canonical = Double(lines.reduce(0) { $0 + $1.count }) / events
        body = Double(batch.body.count) / events
        request =
            Double(Self.size(headers, "POST /v1/batches HTTP/1.1") + batch.body.count) / events
        receipt = Double(Self.size(answer.headers, "HTTP/1.1 200 OK") + answer.body.count) / events
    }

    var row: [String] {
        [
            Numbers.text(count), Numbers.text(canonical), Numbers.text(body),
            Numbers.text(canonical / body), Numbers.text(request), Numbers.text(request + receipt),
        ]
    }

    private static func receipt(for batch: SealedBatch) -> [UInt8] {
        let header = batch.header
        var receipt = Receipt(
            for: header,
            position: .init(
                expectedSeq: header.coverage.lastSeq + 1, chain: header.coverage.chainAfter,
                chainMatches: true),
            advice: .init(settings: 1, pace: 50_000, time: SampleSite.receivedAt))
        receipt.accepted = header.coverage.count
        return receipt.json
    }

    private static func size(_ headers: Headers, _ start: String) -> Int {
        headers.all.reduce(start.utf8.count + 4) {
            $0 + $1.name.utf8.count + $1.value.utf8.count + 4
        }
    }
}

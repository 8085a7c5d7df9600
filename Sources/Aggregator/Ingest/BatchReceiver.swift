package import ConveyProtocol
package import Daemon
package import Gate
package import HTTP
package import Store
import Synchronization
import Zstd

/// Takes batches: verifies, opens, reads, stores in one transaction, and answers with a receipt.
///
/// Nothing is answered with 200 before the transaction is on disk.
package final class BatchReceiver: Sendable {
    private let gate: Gate
    private let directory: any CollectorDirectory
    private let store: Store
    private let options: BatchReceiverOptions
    private let metrics: IngestMetrics
    private let log: Log
    private let readers: BatchReaders

    /// - Parameter parts: what the receiver works with; all live longer than it does.
    package init(_ parts: Parts, options: BatchReceiverOptions = BatchReceiverOptions()) {
        gate = parts.gate
        directory = parts.directory
        store = parts.store
        metrics = parts.metrics
        log = parts.log
        self.options = options
        readers = BatchReaders(limits: options.limits)
    }

    /// What a receiver works with.
    package struct Parts: Sendable {
        let gate: Gate
        let directory: any CollectorDirectory
        let store: Store
        let metrics: IngestMetrics
        let log: Log

        /// Collects the parts; Main wires them.
        package init(
            gate: Gate, directory: any CollectorDirectory, store: Store, metrics: IngestMetrics,
            log: Log
        ) {
            self.gate = gate
            self.directory = directory
            self.store = store
            self.metrics = metrics
            self.log = log
        }
    }

    /// `POST /v1/batches`. What is within the protocol's limits comes through to be answered, and
    /// signed, here, also where this aggregator allows less; only more than any collector may send is
    /// cut off by the server.
    package var route: Route {
        let bytesMax = max(options.limits.bytesMax, BatchLimits.standard.bytesMax)
        return Route(
            .post, "/v1/batches", limits: .init(bodyBytesMax: bytesMax + Self.codingBytesMax),
            handler: .concurrent { await self.receive($0) })
    }

    /// What coding may add to a batch that does not compress.
    private static let codingBytesMax = 65_536

    /// Answers one batch; every answer is signed.
    package func receive(_ request: Request) async -> Response {
        do throws(ProtocolProblem) {
            let receipt = try await take(request)
            return gate.answer(.json(200, receipt.json), to: request)
        } catch {
            metrics.refused[error.kind.rawValue].increase()
            log.warning(
                "A batch was refused.",
                [.code: error.kind.rawValue, .request: request.id.description])
            return gate.answer(error, to: request)
        }
    }

    private static let body = Gate.Body.required(
        mediaType: SealedBatch.mediaType, codings: ContentCoding.allCases)

    private func take(_ request: Request) async throws(ProtocolProblem) -> Receipt {
        let collector = try await gate.admit(request, Self.body, by: directory)
        let batch = try read(request)
        guard batch.header.collector == collector.id else { throw .collectorMismatch }
        // The receipt's `expected_seq` must be a number that the protocol knows, too.
        guard batch.coverage.lastSeq < BatchHeader.seqMax else {
            throw .framing(.headerRange, line: 1)
        }
        let advice = Receipt.Advice(
            settings: collector.settings, pace: options.pace, time: gate.now(),
            dictionaries: [BatchDictionary.digest])
        let storage = BatchStorage(
            collector: collector, batch: batch, stages: options.stages, advice: advice)
        let end: BatchStorage.End
        do {
            end = try await store.write { try storage.run(in: $0) }
        } catch {
            throw unavailable(error)
        }
        switch end {
        case .stored(let receipt, let findings):
            report(findings, batch.header)
            metrics.count(receipt)
            options.stored()
            return receipt
        case .refused(let problem, let findings):
            report(findings, batch.header)
            throw problem
        }
    }

    private func read(_ request: Request) throws(ProtocolProblem) -> ReadBatch {
        let start = ContinuousClock.now
        defer { metrics.readSeconds.observe(ContinuousClock.now - start) }
        if request.headers.equals("Content-Encoding", ContentCoding.zstd.rawValue) {
            return try readers.withReader { reader throws(ProtocolProblem) in
                try reader.read(zstd: request.body)
            }
        }
        if request.headers.equals("Content-Encoding", ContentCoding.dcz.rawValue) {
            return try readers.withReader { reader throws(ProtocolProblem) in
                try reader.read(dcz: request.body)
            }
        }
        let decoded: [UInt8]
        do throws(BodyRefusal) {
            decoded = try request.decodedBody(bytesMax: options.limits.bytesMax)
        } catch {
            throw options.problem(error)
        }
        let body = try Self.compressed(decoded)
        return try readers.withReader { reader throws(ProtocolProblem) in
            try reader.read(decoded: decoded, body: body)
        }
    }

    /// Bodies are kept as zstd, however they came.
    static func compressed(_ decoded: [UInt8]) throws(ProtocolProblem) -> [UInt8] {
        do throws(ZstdError) {
            var compressor = Compressor(level: 1)
            return try compressor.compress(decoded.span)
        } catch {
            throw .unavailable(retryAfter: .seconds(5))
        }
    }

    /// Faults of the database end here: the sender comes again, the operator hears of it.
    private func unavailable(_ error: any Error) -> ProtocolProblem {
        guard let fault = error as? StoreFault else { return .internal }
        metrics.faults[fault.kind.rawValue].increase()
        log.error(
            "A batch could not be stored.",
            [
                .operation: fault.operation, .cause: fault.cause, .remedy: fault.remedy,
                .detail: fault.detail,
            ])
        let wait: Duration = fault.kind == .overloaded ? .seconds(2) : .seconds(10)
        return fault.canRetry ? .unavailable(retryAfter: wait) : .internal
    }

    private func report(_ findings: [LedgerFinding], _ header: BatchHeader) {
        for finding in findings {
            metrics.findings[finding.rawValue].increase()
            log.error(
                "A collector's ledger needs a look.",
                [
                    .code: finding.rawValue, .collector: header.collector.description,
                    .remedy: finding.remedy,
                ])
        }
    }
}

extension LogField {
    /// The database's own words: names of our tables at most.
    static let detail = LogField("detail")
}

/// How a receiver behaves.
package struct BatchReceiverOptions: Sendable {
    /// The most that one batch may hold; a larger one is answered 413 with these.
    package var limits = BatchLimits.standard
    /// Events a second that receipts call welcome.
    package var pace: Int64 = 50_000
    /// The stages after ingest; each gets a work row for every chunk.
    package var stages: [String] = []
    /// Called after each stored batch, from any thread: rings the stages' bell. Must not block.
    package var stored: @Sendable () -> Void = {}

    /// The protocol's own limits, and no stage.
    package init() {}

    func problem(_ refusal: BodyRefusal) -> ProtocolProblem {
        switch refusal {
        case .encodingUnknown: .encoding
        case .tooLarge: .tooLarge(limits)
        case .malformed: .framing(.gzip, line: nil)
        }
    }
}

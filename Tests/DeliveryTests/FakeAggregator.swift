import ConveyProtocol
import Crypto
import Foundation
import Gate
import HTTP
import Synchronization
import TestSupport
import Time

/// An aggregator in memory behind the real gate: it checks signatures and keeps a ledger as the
/// protocol describes. What stands between it and the collector is a closure.
final class FakeAggregator: Transport, CollectorDirectory {
    typealias Between =
        @Sendable (ClientRequest, (ClientRequest) async -> Response) async throws(HTTPFault)
        -> Response

    static let authority = "aggregator.example:8443"
    let key = SigningKey(from: RandomBytes())
    private let collectorKey: VerifyingKey
    private let collector: CollectorID
    private let clock: ShiftedClock
    private let state = Mutex(State())

    struct Book {
        var expected: Int64 = 1
        var chain: SHA256Digest
        var digests: [Int64: SHA256Digest] = [:]
        var gaps: Int64 = 0
    }

    struct State {
        var books: [String: Book] = [:]
        /// How often each event id was stored, and its line.
        var stored: [String: Int] = [:]
        var lines: [String: String] = [:]
        var lanes: [Lane] = []
        var batches: [BatchHeader] = []
        var requests = 0
        var isKnown = true
        var authority = FakeAggregator.authority
        var limits = BatchLimits.standard
        var problem: ProtocolProblem?
        /// What receipts announce; an aggregator that knows none refuses the coding by its name.
        var announced: [SHA256Digest] = []
        var codings: [ContentCoding] = [.zstd]
        /// Codings of the batches with events, in order.
        var used: [String] = []
        var between: Between?
    }

    /// The aggregator's clock: the test's, moved.
    final class ShiftedClock: WallClock {
        let clock: ManualClock
        private let shift = Mutex(Duration.zero)
        init(_ clock: ManualClock) { self.clock = clock }
        func now() -> Timestamp { clock.wall.now() + shift.withLock { $0 } }
        func shift(by duration: Duration) { shift.withLock { $0 = duration } }
    }

    init(_ clock: ManualClock, collector: CollectorID, collectorKey: VerifyingKey) {
        self.clock = ShiftedClock(clock)
        self.collector = collector
        self.collectorKey = collectorKey
    }

    func change<Value>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }
    var seen: State { state.withLock { $0 } }
    func isAhead(by duration: Duration) { clock.shift(by: duration) }

    // MARK: Requests

    func send(_ request: ClientRequest) async throws(HTTPFault) -> Response {
        let between = change { state in
            state.requests += 1
            return state.between
        }
        guard let between else { return await answer(request) }
        return try await between(request, answer)
    }

    func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        guard seen.isKnown, fingerprint == collectorKey.fingerprint else { return nil }
        return KnownCollector(
            identity: .init(number: 1, id: collector, organization: 1), key: collectorKey,
            isRevoked: false, settings: 7, sites: [:])
    }

    private func answer(_ sent: ClientRequest) async -> Response {
        var headers = sent.headers
        headers.add("Host", sent.origin.authority)
        return await answer(
            Request(
                sent.method, sent.target, headers: headers, body: sent.body,
                by: Request.Arrival(isTLS: true)))
    }

    /// Answers as the aggregator itself, with nothing in between.
    func answer(_ request: Request) async -> Response {
        let gate = Gate(key: key, authorities: [seen.authority], clock: clock)
        do throws(ProtocolProblem) {
            _ = try await gate.admit(
                request,
                .required(mediaType: SealedBatch.mediaType, codings: seen.codings), by: self)
            var opener = BatchOpener(limits: seen.limits)
            let coding = request.headers["Content-Encoding"] ?? ""
            let opened =
                coding == "dcz"
                ? try opener.open(dcz: request.body.span)
                : try opener.open(zstd: request.body.span)
            if !opened.lines.isEmpty { change { $0.used.append(coding) } }
            if let problem = seen.problem { throw problem }
            let receipt = try store(opened)
            return gate.answer(.json(200, receipt.json), to: request)
        } catch {
            return gate.answer(error, to: request)
        }
    }

    // MARK: The ledger

    private func store(_ opened: OpenedBatch) throws(ProtocolProblem) -> Receipt {
        let result: Result<Receipt, ProtocolProblem> = change { state in
            Result { () throws(ProtocolProblem) in try Self.store(opened, &state, clock.now()) }
        }
        return try result.get()
    }

    private static func store(
        _ opened: OpenedBatch, _ state: inout State, _ now: Timestamp
    ) throws(ProtocolProblem) -> Receipt {
        let header = opened.header
        let coverage = header.coverage
        let name = "\(header.epoch) \(coverage.lane)"
        var book = state.books[name] ?? Book(chain: coverage.chainBefore)
        let place = ProtocolProblem.LedgerPlace(
            epoch: header.epoch, lane: coverage.lane, expectedSeq: book.expected, chain: book.chain)
        guard coverage.firstSeq <= book.expected else { throw .ledgerBehind(place) }
        var receipt = Receipt(
            for: header,
            position: .init(
                expectedSeq: max(book.expected, coverage.lastSeq + 1), chain: coverage.chainAfter,
                chainMatches: true),
            advice: .init(settings: 7, pace: 0, time: now, dictionaries: state.announced))
        for line in opened.lines.map({ String(decoding: opened.bytes[$0], as: UTF8.self) }) {
            let seq = Int64(line.dropFirst(7).prefix { $0.isNumber })!
            let digest = SHA256Digest(of: Array(line.utf8))
            if let known = book.digests[seq] {
                guard known == digest else { throw .ledgerFork(place, seq: seq) }
                receipt.replayed += 1
            } else {
                book.digests[seq] = digest
                let id = String(line.firstMatch(of: /"id":"([^"]*)"/)!.output.1)
                state.stored[id, default: 0] += 1
                state.lines[id] = line
            }
            receipt.accepted += 1
        }
        receipt.gaps = coverage.gaps.reduce(0) { $0 + $1.count }
        book.gaps += receipt.gaps
        book.expected = max(book.expected, coverage.lastSeq + 1)
        book.chain = coverage.chainAfter
        state.books[name] = book
        state.batches.append(header)
        if !coverage.isEmpty { state.lanes.append(coverage.lane) }
        return receipt
    }
}

import ConveyProtocol
import Crypto
import Gate
import HTTP
import Synchronization
import Time

/// Stands in for the aggregator: opens each batch, checks its chain, signs a receipt, keeps nothing.
final class Sink: Sendable {
    private let gate: Gate
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var opener = BatchOpener()
    }

    /// - Parameters:
    ///   - key: that of the aggregator in whose place it stands.
    ///   - authority: the name under which collectors reach it.
    init(key: SigningKey, authority: String) {
        gate = Gate(key: key, authorities: [authority], clock: SystemClock())
    }

    var routes: [Route] {
        let limits = Route.Limits(bodyBytesMax: 8_388_608)
        return [
            Route(
                .post, "/v1/batches", limits: limits,
                handler: .direct { [self] in $1.send(take($0)) }),
            Route(
                .get, SiteSettings.path,
                handler: .direct { [self] in $1.send(gate.answer(Response(304), to: $0)) }),
        ]
    }

    private func take(_ request: Request) -> Response {
        do throws(ProtocolProblem) {
            try Self.checkDigest(request)
            let batch = try state.withLock { state throws(ProtocolProblem) in
                try state.opener.open(zstd: request.body.span)
            }
            return gate.answer(.json(200, receipt(for: batch).json), to: request)
        } catch {
            return gate.answer(error, to: request)
        }
    }

    private static func checkDigest(_ request: Request) throws(ProtocolProblem) {
        do throws(ContentDigestRefusal) {
            try ContentDigest.check(request.body, request.headers)
        } catch {
            throw .digestMismatch
        }
    }

    private func receipt(for batch: OpenedBatch) -> Receipt {
        let coverage = batch.header.coverage
        var chain = Chain(after: coverage.chainBefore)
        for index in batch.lines.indices { batch.withLine(index) { _ = chain.add(line: $0) } }
        let position = Receipt.Position(
            expectedSeq: coverage.lastSeq + 1, chain: chain.value,
            chainMatches: chain.value == coverage.chainAfter)
        let advice = Receipt.Advice(settings: 1, pace: 10_000_000, time: gate.now())
        var receipt = Receipt(for: batch.header, position: position, advice: advice)
        receipt.accepted = coverage.count
        receipt.totals.accepted = coverage.lastSeq
        return receipt
    }
}

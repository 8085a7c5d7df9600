import Buffer
import ConveyProtocol
import Crypto
import HTTP
import Time

/// Takes batches from an edge to the center and brings the answers back.
struct Shipping: Sendable {
    let collector: CollectorID
    let key: SigningKey
    let aggregatorKey: VerifyingKey
    let network: BadNetwork

    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    /// What became of one try.
    enum Outcome: Equatable {
        case noAnswer
        case receipt(isEmpty: Bool)
        case resent, newEpoch
        case refused(String)
        case fault
    }

    /// Tries to send the next batch of a lane.
    func ship(_ lane: Lane, of edge: Edge) async -> Outcome {
        let buffer = edge.buffer
        let clock = buffer.clock
        do {
            let batch = try await buffer.nextBatch(
                BatchRequest(
                    lane: lane, collector: collector, sentAt: clock.stamp().time,
                    shipper: "simulation/1"))
            let request = request(batch, at: clock.stamp().time)
            let sentAt = clock.reading()
            guard let answer = await network.send(request) else { return .noAnswer }
            let signable = SignableRequest(request)
            do throws(SignatureRefusal) {
                try Self.profile.verify(answer, to: signable, with: aggregatorKey)
            } catch {
                return .noAnswer
            }
            return try await take(answer, to: batch, of: edge, sentAt: sentAt)
        } catch is BufferFault {
            return .fault
        } catch {
            return .refused("\(error)")
        }
    }

    private func request(_ batch: SealedBatch, at created: Timestamp) -> Request {
        var headers: Headers = [
            "Host": Center.authority, "Content-Type": SealedBatch.mediaType,
            "Content-Encoding": SealedBatch.coding.rawValue,
        ]
        headers.add("Content-Digest", ContentDigest.field(for: batch.body))
        let signable = SignableRequest(
            method: "POST", authority: Center.authority, target: "/v1/batches", headers: headers)
        Self.profile.sign(&headers, of: signable, with: key, at: created)
        return Request(.post, "/v1/batches", headers: headers, body: batch.body)
    }

    private func take(
        _ answer: Response, to batch: SealedBatch, of edge: Edge, sentAt: Duration
    ) async throws -> Outcome {
        let buffer = edge.buffer
        if answer.status == 200 {
            let receipt = try Receipt(json: answer.body)
            buffer.clock.learn(receipt.advice.time, sentAt: sentAt)
            let outcome = try await buffer.apply(receipt, to: batch.header)
            if outcome == .restored { return .newEpoch }
            return .receipt(isEmpty: batch.header.coverage.isEmpty)
        }
        let body = try ProblemBody(json: answer.body, status: answer.status)
        buffer.clock.learn(body.time, sentAt: sentAt)
        switch body.problem {
        case .ledgerBehind(let place):
            try await buffer.rewind(to: place)
            return .resent
        case .ledgerFork:
            try await buffer.startEpoch(afterForkIn: batch.header.epoch)
            return .newEpoch
        default: return .refused(body.problem.map { $0.kind.rawValue } ?? "\(answer.status)")
        }
    }
}

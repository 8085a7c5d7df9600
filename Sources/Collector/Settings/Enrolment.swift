package import ConveyProtocol
package import Crypto
import Daemon
package import HTTP
package import Time

/// Turns a one-time token into an identity: the collector's key is made here and proved, the
/// aggregator's is checked against the token and pinned.
/// - Source: protocol/SPEC.md, section 9.
package struct Enrolment: Sendable {
    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    private let token: EnrolmentToken
    private let origin: Origin
    private let authority: String?
    private let shipper: String

    /// - Parameters:
    ///   - authority: PEM of the authority to trust for TLS from the first request on.
    ///   - shipper: program and version, as batches name it.
    package init(token: EnrolmentToken, at origin: Origin, authority: String?, shipper: String) {
        (self.token, self.origin) = (token, origin)
        (self.authority, self.shipper) = (authority, shipper)
    }

    /// Enrols, and keeps the identity. With the same token and key it gives the same answer again.
    /// - Parameter transport: reaches `origin`; its trust is the caller's.
    /// - Throws: `EnrolmentFault`, or the fault of a file.
    package func run(
        in place: IdentityPlace, over transport: any Transport, clock: any WallClock,
        random: some RandomSource
    ) async throws -> EdgeIdentity {
        let key = try place.key(toEnrolBy: token, from: random)
        let answer = try await ask(transport, key, at: clock.now())
        let identity = EdgeIdentity(
            collector: answer.collector, aggregator: origin, pinned: answer.aggregatorKey,
            authority: answer.authority ?? authority, key: key, tokenID: token.verifier.tokenID)
        try place.keep(identity)
        // A new key of a collector that was enrolled before lies beside the former one until now.
        try place.promoteDraft()
        return identity
    }

    /// Asks once; where our clock is too wrong for the signature, once more by the aggregator's.
    private func ask(
        _ transport: any Transport, _ key: SigningKey, at now: Timestamp
    ) async throws -> EnrolmentAnswer {
        let request = request(key, at: now)
        let response = try await transport.send(request)
        if let time = Self.time(in: response) {
            let again = self.request(key, at: time)
            return try believe(try await transport.send(again), to: again)
        }
        return try believe(response, to: request)
    }

    private func request(_ key: SigningKey, at now: Timestamp) -> ClientRequest {
        let body = EnrolmentRequest(
            token: token, signingKey: key.verifyingKey,
            boxKey: BoxKey(derivedFrom: key).publicKey, shipper: shipper, sentAt: now
        ).json
        var request = ClientRequest(
            .post, origin, EnrolmentRequest.path,
            headers: [
                "Content-Type": EnrolmentRequest.mediaType,
                "Content-Digest": ContentDigest.field(SHA256Digest(of: body)),
            ], body: body)
        Self.profile.sign(&request.headers, of: request.signable, with: key, at: now)
        return request
    }

    /// The time that a refusal for a wrong clock tells. It cannot be verified yet; whoever forges it
    /// gains a signature with a wrong time, which nobody accepts.
    private static func time(in response: Response) -> Timestamp? {
        do throws(AnswerRefusal) {
            let problem = try ProblemBody(json: response.body, status: response.status)
            return problem.problem == .signatureTime ? problem.time : nil
        } catch {
            return nil
        }
    }

    /// Believes an answer only when the key that it names is the token's and signed it.
    private func believe(
        _ response: Response, to request: ClientRequest
    ) throws(EnrolmentFault) -> EnrolmentAnswer {
        guard response.status == 200 else { throw Self.refusal(response) }
        let answer: EnrolmentAnswer
        do throws(AnswerRefusal) {
            answer = try EnrolmentAnswer(json: response.body)
        } catch {
            throw .notTheAggregator
        }
        guard answer.aggregatorKey.fingerprint == token.fingerprint else { throw .anotherKey }
        do throws(SignatureRefusal) {
            try Self.profile.verify(response, to: request.signable, with: answer.aggregatorKey)
        } catch {
            throw .notTheAggregator
        }
        return answer
    }

    private static func refusal(_ response: Response) -> EnrolmentFault {
        do throws(AnswerRefusal) {
            let problem = try ProblemBody(json: response.body, status: response.status)
            return problem.problem == .tokenInvalid ? .tokenInvalid : .refused(problem.status)
        } catch {
            return .notTheAggregator
        }
    }
}

/// Why an enrolment did not come about.
package enum EnrolmentFault: Fault, Equatable {
    case tokenInvalid
    case refused(Int)
    /// The answer is not signed by the key that it names, or is none.
    case notTheAggregator
    /// The key is not the one that the token was made for.
    case anotherKey

    /// What was being done.
    package var operation: String { "enrol this collector" }

    /// What went wrong.
    package var cause: String {
        switch self {
        case .tokenInvalid: "the token is unknown, expired, or used by another collector"
        case .refused(let status): "the aggregator answered \(status)"
        case .notTheAggregator: "what answered is not the aggregator"
        case .anotherKey: "the aggregator that answered is not the one that made the token"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch self {
        case .tokenInvalid: "Make a new one: convey-aggregator collectors token NAME."
        case .refused: "See the aggregator's log."
        case .notTheAggregator, .anotherKey:
            "Check the URL, and what stands between: a portal or proxy may have answered."
        }
    }

    /// Only with another token or network.
    package var canRetry: Bool { false }
}

package import ConveyProtocol
package import Crypto
import Daemon
package import HTTP
package import Time

/// Changes this collector's key: makes a new one, proves both to the aggregator in one exchange, and
/// puts the new one in the old one's place.
///
/// It can be cut off behind each write, and done again: the new key as a draft; the aggregator's word;
/// the former key kept aside, since cached secrets are boxed to it; the draft in the key's place. As
/// long as the draft is there the change is not over, and either key is tried.
/// - Source: protocol/SPEC.md, section 9.1.
package struct KeyRotation: Sendable {
    private let identity: EdgeIdentity
    private let place: IdentityPlace

    /// Changes the key of an identity that lies in this place.
    package init(of identity: EdgeIdentity, in place: IdentityPlace) {
        (self.identity, self.place) = (identity, place)
    }

    /// Does what is still to be done.
    /// - Parameters:
    ///   - exchange: with the aggregator, signed with the key that is given.
    ///   - now: by the corrected clock; where that is wrong, the aggregator's is taken.
    /// - Returns: the identity with the new key.
    /// - Throws: `KeyRotationFault`, an exchange's fault, or that of a file. Calling again goes on.
    package func run(
        over exchange: (SigningKey) -> SignedExchange, at now: Timestamp, random: some RandomSource
    ) async throws -> EdgeIdentity {
        guard identity.formerKey == nil || place.hasDraft else { throw KeyRotationFault.notOver }
        let next = try place.draft(from: random)
        if let refusal = try await ask(
            next, over: exchange(identity.key), as: identity.key, at: now)
        {
            // An answer was lost, and the overlap is over: then the new key is in force already.
            guard [.keyRevoked, .keyUnknown].contains(refusal),
                try await ask(next, over: exchange(next), as: next, at: now) == nil
            else { throw KeyRotationFault.refused(refusal) }
        }
        try place.promoteDraft()
        guard let identity = try place.read() else { throw TrustFault.notEnrolled }
        return identity
    }

    /// - Returns: nil when the new key is in force; else why not.
    private func ask(
        _ next: SigningKey, over exchange: SignedExchange, as signer: SigningKey, at now: Timestamp
    ) async throws(KeyRotationFault) -> ProtocolProblem.Kind? {
        var response = try await send(next, over: exchange, as: signer, at: now)
        if response.status == 200 { return nil }
        var problem = try Self.problem(response)
        if problem.problem?.kind == .signatureTime {
            response = try await send(next, over: exchange, as: signer, at: problem.time)
            if response.status == 200 { return nil }
            problem = try Self.problem(response)
        }
        guard let kind = problem.problem?.kind else {
            throw .notUnderstood(status: response.status)
        }
        return kind
    }

    private static func problem(_ response: Response) throws(KeyRotationFault) -> ProblemBody {
        do throws(AnswerRefusal) {
            return try ProblemBody(json: response.body, status: response.status)
        } catch {
            throw .notUnderstood(status: response.status)
        }
    }

    private func send(
        _ next: SigningKey, over exchange: SignedExchange, as signer: SigningKey, at now: Timestamp
    ) async throws(KeyRotationFault) -> Response {
        let request = KeyRotationRequest(
            next, box: BoxKey(derivedFrom: next).publicKey,
            after: .init(identity.collector, key: signer.verifyingKey), sentAt: now)
        let message = SignedExchange.Message(
            .post, KeyRotationRequest.path,
            headers: ["Content-Type": KeyRotationRequest.mediaType], body: request.json)
        do throws(ExchangeFault) {
            return try await exchange.send(message, at: now)
        } catch {
            throw .exchange(error)
        }
    }
}

/// Why a key was not changed yet. The draft stays: the next try goes on with it.
package enum KeyRotationFault: Fault, Equatable {
    case exchange(ExchangeFault)
    case refused(ProtocolProblem.Kind)
    case notUnderstood(status: Int)
    /// The cached settings still rest on the key before this one.
    case notOver

    /// What was being done.
    package var operation: String { "change this collector's key" }

    /// What went wrong.
    package var cause: String {
        switch self {
        case .exchange(let fault): fault.cause
        case .refused(let kind): "the aggregator refused: \(kind.title)"
        case .notUnderstood(let status):
            "the aggregator answered \(status) in a form that is not known here"
        case .notOver: "the last change is not over: no settings have come for the new key yet"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch self {
        case .exchange(let fault): fault.remedy
        case .refused(.keyRevoked), .refused(.keyUnknown), .refused(.keyReplaced):
            "Everything is kept. Enrol this collector again with a new token."
        case .refused: "It is tried again; see the aggregator's log."
        case .notUnderstood: "Upgrade the aggregator: it may be older than key rotation."
        case .notOver: "Let the collector run until it has reached the aggregator, then try again."
        }
    }

    /// Whether it may go through later.
    package var canRetry: Bool {
        switch self {
        case .exchange, .notOver: true
        case .refused(let kind): [.slowDown, .unavailable, .internal].contains(kind)
        case .notUnderstood: false
        }
    }
}

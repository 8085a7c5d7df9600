import ConveyProtocol
package import Crypto
package import Daemon
package import HTTP
import Synchronization

/// The aggregator's key as this collector has pinned it. Where answers come signed with another, it asks
/// for the aggregator's statements, and follows them as far as they prove themselves: also after months
/// away, over several keys at once, and without asking anybody.
///
/// A key is pinned only after it has signed an answer to a request of ours, so that neither a cut nor
/// an old list of statements leads anywhere.
/// - Source: protocol/SPEC.md, section 10.1.
package final class AggregatorTrust: AnswerTrust {
    private let aggregator: Origin
    private let transport: any Transport
    private let place: IdentityPlace
    private let log: Log
    private let pin: Mutex<VerifyingKey>

    /// - Parameter transport: reaches the identity's aggregator.
    package init(
        of identity: EdgeIdentity, in place: IdentityPlace, over transport: any Transport, log: Log
    ) {
        aggregator = identity.aggregator
        self.transport = transport
        self.place = place
        self.log = log
        pin = Mutex(identity.pinned)
    }

    /// The key that counts now.
    package var pinned: VerifyingKey { pin.withLock { $0 } }

    /// Asks for the statements; nil where they do not lead from the pinned key to this one.
    package func successor(named fingerprint: String) async -> VerifyingKey? {
        do {
            let keys = try await Self.keys(of: aggregator, over: transport)
            return keys.history.key(named: fingerprint, after: pinned)
        } catch {
            return nil
        }
    }

    /// Pins the key, here and on the disk. Where the disk fails it is asked for again after a restart.
    package func adopt(_ key: VerifyingKey) async {
        let former = pin.withLock { pin in
            defer { pin = key }
            return pin
        }
        guard former != key else { return }
        do {
            try place.repin(former, to: key)
        } catch {
            log.error(
                "The aggregator's new key could not be kept.", service: "keys", because: error)
        }
        log.notice(
            "The aggregator signs with a new key, as it stated under the one before.",
            [LogField("fingerprint"): key.fingerprint])
    }

    /// What an aggregator says of its key; only what proves itself may be believed.
    static func keys(
        of aggregator: Origin, over transport: any Transport
    ) async throws -> AggregatorKeys {
        let response = try await transport.send(
            ClientRequest(.get, aggregator, AggregatorKeys.path))
        guard response.status == 200 else { throw TrustFault.noAnswer(status: response.status) }
        return try AggregatorKeys(json: response.body)
    }
}

/// Pins an aggregator's key by the fingerprint that its operator tells: for when its keys were lost, so
/// that no statement leads to the new one. Enrolment, settings and buffer stay as they are.
package struct Repinning: Sendable {
    private let fingerprint: String
    private let authority: String?

    /// - Parameters:
    ///   - fingerprint: 64 hexadecimal digits, as `signing-key show` prints them.
    ///   - authority: PEM of another authority to trust for TLS from now on; nil keeps the one there is.
    package init?(fingerprint: String, authority: String?) {
        guard SHA256Digest(hex: fingerprint)?.hex == fingerprint else { return nil }
        (self.fingerprint, self.authority) = (fingerprint, authority)
    }

    /// The identity with another authority, where one was given: how to reach the aggregator.
    package func identity(in place: IdentityPlace) throws -> EdgeIdentity {
        guard let identity = try place.read() else { throw TrustFault.notEnrolled }
        return authority.map { identity.trusting(authority: $0) } ?? identity
    }

    /// Asks the aggregator for its key, and pins it if it has the fingerprint.
    /// - Throws: `TrustFault`, or the fault of the network or of a file.
    package func run(
        _ identity: EdgeIdentity, in place: IdentityPlace, over transport: any Transport
    ) async throws {
        let keys: AggregatorKeys
        do {
            keys = try await AggregatorTrust.keys(of: identity.aggregator, over: transport)
        } catch is AnswerRefusal {
            throw TrustFault.notTheAggregator
        }
        guard keys.key.fingerprint == fingerprint else { throw TrustFault.anotherKey }
        try place.keep(identity.pinning(keys.key))
    }
}

/// Why a key is not pinned.
package enum TrustFault: Fault, Equatable {
    case notEnrolled
    case noAnswer(status: Int)
    case notTheAggregator
    case anotherKey

    /// What was being done.
    package var operation: String { "trust the aggregator's key" }

    /// What went wrong.
    package var cause: String {
        switch self {
        case .notEnrolled: "this collector is not enrolled"
        case .noAnswer(let status): "the aggregator answered \(status)"
        case .notTheAggregator: "what answered is not an aggregator"
        case .anotherKey: "the aggregator that answered has a key with another fingerprint"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch self {
        case .notEnrolled: "Run convey-collector enroll with a token of the aggregator."
        case .noAnswer, .notTheAggregator:
            "Check what stands between, and that the aggregator is of this version or newer."
        case .anotherKey:
            "Compare with what convey-aggregator signing-key show prints on the aggregator itself."
        }
    }

    /// Only with another network or fingerprint.
    package var canRetry: Bool { false }
}

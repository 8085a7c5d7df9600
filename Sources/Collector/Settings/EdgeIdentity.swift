package import ConveyProtocol
package import Crypto
import Daemon
package import HTTP
import JSON

/// Who this collector is and whom it delivers to: what an enrolment leaves behind.
///
/// The signing key is a file of its own that never leaves the machine; everything else is derived
/// from it or public.
package struct EdgeIdentity: Sendable {
    /// The id that the aggregator gave.
    package let collector: CollectorID
    /// Where the aggregator is reached.
    package let aggregator: Origin
    /// The aggregator's key; answers signed with any other count as none.
    package let pinned: VerifyingKey
    /// PEM of the only authority to trust for TLS; nil trusts the machine's.
    package let authority: String?
    /// Signs every request.
    package let key: SigningKey

    /// Opens the boxes in which secrets travel.
    package var boxKey: BoxKey { BoxKey(derivedFrom: key) }

    /// How requests reach the aggregator.
    package var clientSettings: Client.Settings {
        Client.Settings(
            trust: authority.map { .authority(pem: $0) } ?? .system,
            answerBytesMax: SiteSettings.bytesMax)
    }

    /// Requests signed by this collector, answers believed from this aggregator.
    package func exchange(over transport: any Transport) -> SignedExchange {
        SignedExchange(
            to: aggregator, over: transport, by: Self.profile, key: key, pinned: pinned)
    }

    /// The same where the aggregator's key may be followed by another.
    package func exchange(
        over transport: any Transport, trusting trust: any AnswerTrust
    ) -> SignedExchange {
        SignedExchange(to: aggregator, over: transport, by: Self.profile, key: key, trust: trust)
    }

    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    /// The same collector with another authority for TLS.
    func trusting(authority: String) -> EdgeIdentity {
        EdgeIdentity(
            collector: collector, aggregator: aggregator, pinned: pinned, authority: authority,
            key: key)
    }

    /// The same collector at the same aggregator, whose key is another.
    func pinning(_ key: VerifyingKey) -> EdgeIdentity {
        EdgeIdentity(
            collector: collector, aggregator: aggregator, pinned: key, authority: authority,
            key: self.key)
    }
}

/// Where an identity lies: two files of mode 0600 in the data directory, apart from the buffer, so
/// that a damaged buffer costs no enrolment.
package struct IdentityPlace: Sendable {
    private static let bytesMax = 131_072
    private let directory: String

    /// - Parameter directory: the collector's data directory, which exists.
    package init(directory: String) { self.directory = directory }

    private var keyPath: String { "\(directory)/collector.pem" }
    private var profilePath: String { "\(directory)/enrolment.json" }

    /// The identity; nil before the first enrolment.
    package func read() throws -> EdgeIdentity? {
        guard BoundedFile.exists(profilePath) else { return nil }
        let bytes = try BoundedFile.read(profilePath, bytesMax: Self.bytesMax)
        guard let profile = IdentityProfile(json: bytes) else {
            throw IdentityFault(path: profilePath)
        }
        return EdgeIdentity(
            collector: profile.collector, aggregator: profile.aggregator, pinned: profile.pinned,
            authority: profile.authority, key: try KeyFile.read(keyPath))
    }

    /// The collector's key; a new one where there is none. A key is never replaced here: repeating
    /// an enrolment repeats it with the same key.
    func key(from random: some RandomSource) throws -> SigningKey {
        if BoundedFile.exists(keyPath) { return try KeyFile.read(keyPath) }
        let key = SigningKey(from: random)
        try KeyFile.write(key, to: keyPath)
        return key
    }

    /// Pins another key of the same aggregator.
    /// - Parameter pinned: what is pinned now; where that has changed meanwhile, nothing is done.
    func repin(_ pinned: VerifyingKey, to key: VerifyingKey) throws {
        guard let identity = try read(), identity.pinned == pinned else { return }
        try keep(identity.pinning(key))
    }

    /// Keeps what an enrolment agreed on; durable when this returns.
    func keep(_ identity: EdgeIdentity) throws {
        let profile = IdentityProfile(
            collector: identity.collector, aggregator: identity.aggregator,
            pinned: identity.pinned, authority: identity.authority)
        try BoundedFile.replace(profilePath, with: profile.json)
    }
}

/// What an enrolment leaves beside the key, as it is kept.
private struct IdentityProfile {
    let collector: CollectorID
    let aggregator: Origin
    let pinned: VerifyingKey
    let authority: String?

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.key("aggregator")
            writer.string(aggregator.url)
            writer.key("aggregatorKey")
            writer.string(pinned.base64URL)
            if let authority {
                writer.key("authority")
                writer.string(authority)
            }
            writer.key("collector")
            writer.string(collector.description)
        }
        return writer.bytes
    }
}

extension IdentityProfile {
    /// Nil for what an enrolment would not have written.
    init?(json bytes: [UInt8]) {
        do {
            var parser = JSONParser(bytesMax: 131_072, depthMax: 2)
            let members = try parser.parse(bytes.span) { root in
                (
                    root["collector"]?.string, root["aggregator"]?.string,
                    root["aggregatorKey"]?.string, root["authority"]?.string
                )
            }
            guard let collector = members.0.flatMap(CollectorID.init),
                let aggregator = members.1.flatMap(Origin.init), let key = members.2
            else { return nil }
            self.init(
                collector: collector, aggregator: aggregator,
                pinned: try VerifyingKey(base64URL: key), authority: members.3)
        } catch {
            return nil
        }
    }
}

/// The file that an enrolment left cannot be understood.
package struct IdentityFault: Fault, Equatable {
    let path: String

    /// What was being done.
    package var operation: String { "read \(path)" }
    /// What went wrong.
    package var cause: String { "it is not what an enrolment writes" }
    /// What the operator can do about it.
    package var remedy: String { "Enrol this collector again; its events are kept." }
    /// Never by itself.
    package var canRetry: Bool { false }
}

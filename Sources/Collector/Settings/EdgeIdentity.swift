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
    /// The key before it, while cached settings are still sealed and boxed to that; else nil.
    package var formerKey: SigningKey?
    /// Of the token that enrolled this collector; nil where an earlier version did.
    var tokenID: SHA256Digest?

    /// Open the boxes in which secrets travel; the newest first.
    package var boxKeys: [BoxKey] {
        ([key] + (formerKey.map { [$0] } ?? [])).map { BoxKey(derivedFrom: $0) }
    }

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
    /// - Parameter key: signs the requests; nil takes this identity's.
    package func exchange(
        over transport: any Transport, trusting trust: any AnswerTrust, as key: SigningKey? = nil
    ) -> SignedExchange {
        SignedExchange(
            to: aggregator, over: transport, by: Self.profile, key: key ?? self.key, trust: trust)
    }

    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    /// The same collector with another authority for TLS.
    func trusting(authority: String) -> EdgeIdentity {
        EdgeIdentity(
            collector: collector, aggregator: aggregator, pinned: pinned, authority: authority,
            key: key, formerKey: formerKey, tokenID: tokenID)
    }

    /// The same collector at the same aggregator, whose key is another.
    func pinning(_ key: VerifyingKey) -> EdgeIdentity {
        EdgeIdentity(
            collector: collector, aggregator: aggregator, pinned: key, authority: authority,
            key: self.key, formerKey: formerKey, tokenID: tokenID)
    }
}

/// Where an identity lies: files of mode 0600 in the data directory, apart from the buffer, so that a
/// damaged buffer costs no enrolment. Two of them always, `collector.pem` and `enrolment.json`; a draft of
/// the next key while a change is under way, and the former key for a while after it.
package struct IdentityPlace: Sendable {
    private static let bytesMax = 131_072
    private let directory: String

    /// - Parameter directory: the collector's data directory, which exists.
    package init(directory: String) { self.directory = directory }

    private var keyPath: String { "\(directory)/collector.pem" }
    private var draftPath: String { "\(directory)/collector.next.pem" }
    private var formerPath: String { "\(directory)/collector.former.pem" }
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
            authority: profile.authority, key: try KeyFile.read(keyPath),
            formerKey: try formerKey(), tokenID: profile.tokenID)
    }

    private func formerKey() throws -> SigningKey? {
        BoundedFile.exists(formerPath) ? try KeyFile.read(formerPath) : nil
    }

    /// The key to enrol with: the same as before where this token, or none, has enrolled already; else
    /// a new one, since an earlier key may have been revoked because it was stolen.
    func key(toEnrolBy token: EnrolmentToken, from random: some RandomSource) throws -> SigningKey {
        guard let identity = try read() else { return try key(at: keyPath, from: random) }
        let isRepeated = identity.tokenID == token.verifier.tokenID && !hasDraft
        return isRepeated ? identity.key : try draft(from: random)
    }

    private func key(at path: String, from random: some RandomSource) throws -> SigningKey {
        if BoundedFile.exists(path) { return try KeyFile.read(path) }
        let key = SigningKey(from: random)
        try KeyFile.write(key, to: path)
        return key
    }

    // MARK: Changing the key

    /// Whether a change of the key was begun and is not over.
    package var hasDraft: Bool { BoundedFile.exists(draftPath) }

    /// The key that is to follow; made where there is none.
    func draft(from random: some RandomSource) throws -> SigningKey {
        try key(at: draftPath, from: random)
    }

    /// Puts the draft in the key's place, and keeps the key as the former one. Nothing without a draft.
    func promoteDraft() throws {
        guard hasDraft else { return }
        let key = try KeyFile.read(keyPath)
        if try formerKey()?.rawBytes != key.rawBytes {
            try BoundedFile.remove(formerPath)
            try KeyFile.write(key, to: formerPath)
        }
        try KeyFile.replace(keyPath, with: draftPath)
    }

    /// Destroys the former key, once nothing is sealed or boxed to it any more.
    package func forgetFormerKey() throws { try BoundedFile.remove(formerPath) }

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
            pinned: identity.pinned, authority: identity.authority, tokenID: identity.tokenID)
        try BoundedFile.replace(profilePath, with: profile.json)
    }
}

/// What an enrolment leaves beside the key, as it is kept.
private struct IdentityProfile {
    let collector: CollectorID
    let aggregator: Origin
    let pinned: VerifyingKey
    let authority: String?
    let tokenID: SHA256Digest?

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
            if let tokenID {
                writer.key("token")
                writer.string(tokenID.hex)
            }
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
                    root["aggregatorKey"]?.string, root["authority"]?.string,
                    root["token"]?.string
                )
            }
            guard let collector = members.0.flatMap(CollectorID.init),
                let aggregator = members.1.flatMap(Origin.init), let key = members.2
            else { return nil }
            self.init(
                collector: collector, aggregator: aggregator,
                pinned: try VerifyingKey(base64URL: key), authority: members.3,
                tokenID: members.4.flatMap { SHA256Digest(hex: $0) })
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

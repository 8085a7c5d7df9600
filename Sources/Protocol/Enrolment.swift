package import Crypto
internal import JSON
package import Time

/// What a new collector says of itself. The request is signed with the key that it names.
/// - Source: protocol/SPEC.md, section 9.
package struct EnrolmentRequest: Equatable, Sendable {
    /// Where it is sent.
    package static let path = "/v1/collectors/enroll"
    /// Its `Content-Type`.
    package static let mediaType = "application/json"

    /// Names the token without telling it.
    package let tokenID: SHA256Digest
    /// Made with the token's secret over both keys.
    package let proof: SHA256Digest
    /// The key that signs this request and every later one.
    package let signingKey: VerifyingKey
    /// The key to which secrets are sealed.
    package let boxKey: BoxPublicKey
    /// Program and version.
    package let shipper: String
    /// The collector's clock, which may still be wrong.
    package let sentAt: Timestamp

    /// Proves a token for two new keys.
    package init(
        token: EnrolmentToken, signingKey: VerifyingKey, boxKey: BoxPublicKey, shipper: String,
        sentAt: Timestamp
    ) {
        tokenID = token.verifier.tokenID
        proof = token.verifier.proof(signing: signingKey, box: boxKey)
        self.signingKey = signingKey
        self.boxKey = boxKey
        self.shipper = shipper
        self.sentAt = sentAt
    }

    /// Tells, in constant time, whether the sender holds this token's secret and meant these keys.
    package func isProved(by verifier: EnrolmentToken.Verifier) -> Bool {
        isEqualInConstantTime(proof, verifier.proof(signing: signingKey, box: boxKey))
    }

    /// Writes the request's body.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("token_id", tokenID.hex)
            writer.member("token_proof", proof.hex)
            writer.member("public_key", signingKey.base64URL)
            writer.member("box_key", boxKey.base64URL)
            writer.member("shipper", shipper)
            writer.member("sent_at", sentAt)
        }
        return writer.bytes
    }

    /// Reads a stranger's request.
    /// - Throws: `malformed`, naming the member.
    package init(json body: [UInt8]) throws(ProtocolProblem) {
        self = try AnswerMembers.request(body) { members throws(AnswerRefusal) in
            try EnrolmentRequest(members)
        }
    }

    private init(_ members: AnswerMembers) throws(AnswerRefusal) {
        tokenID = try members.digest("token_id")
        proof = try members.digest("token_proof")
        signingKey = try members.verifyingKey("public_key")
        boxKey = try members.boxKey("box_key")
        let shipper = try members.string("shipper")
        self.shipper = try members.required(
            BatchHeader.Standing.isShipper(shipper) ? shipper : nil, "shipper")
        sentAt = try members.time("sent_at")
    }
}

/// What the aggregator answers; signed with the key that it names.
package struct EnrolmentAnswer: Equatable, Sendable {
    /// The collector's id from now on.
    package let collector: CollectorID
    /// The key to pin.
    package let aggregatorKey: VerifyingKey
    /// PEM of the authority to be pinned for TLS; nil when it is a public one.
    package let authority: String?
    /// Version of the settings to fetch.
    package let settings: Int64
    /// The aggregator's clock.
    package let time: Timestamp

    /// Puts an answer together.
    package init(
        collector: CollectorID, aggregatorKey: VerifyingKey, authority: String?, settings: Int64,
        time: Timestamp
    ) {
        self.collector = collector
        self.aggregatorKey = aggregatorKey
        self.authority = authority
        self.settings = settings
        self.time = time
    }

    /// Writes the answer's body.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.member("collector", collector.description)
            writer.member("aggregator_key", aggregatorKey.base64URL)
            if let authority { writer.member("ca", authority) }
            writer.member("settings", settings)
            writer.member("time", time)
        }
        return writer.bytes
    }

    /// Reads an answer. Before it is believed, `aggregatorKey` must have the token's fingerprint and
    /// the answer's signature.
    package init(json body: [UInt8]) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 1_048_576, depthMax: 4)
        self = try parser.parse(body.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in
            let members = AnswerMembers(root)
            return EnrolmentAnswer(
                collector: try members.identifier("collector"),
                aggregatorKey: try members.verifyingKey("aggregator_key"),
                authority: members.has("ca") ? try members.string("ca") : nil,
                settings: try members.integer("settings"), time: try members.time("time"))
        }
    }
}

extension AnswerMembers {
    func verifyingKey(
        _ name: StaticString
    ) throws(AnswerRefusal) -> VerifyingKey {
        do throws(KeyRefusal) {
            return try VerifyingKey(base64URL: optionalString(name) ?? "")
        } catch {
            throw .wrongMember(name.description)
        }
    }

    func boxKey(_ name: StaticString) throws(AnswerRefusal) -> BoxPublicKey {
        do throws(KeyRefusal) {
            return try BoxPublicKey(base64URL: optionalString(name) ?? "")
        } catch {
            throw .wrongMember(name.description)
        }
    }
}

package import Crypto
internal import JSON
package import Time

/// A collector's wish to sign with another key. As a request it is signed with the key in force, and its
/// body holds the new key's own signature, so that one exchange proves both.
/// - Source: protocol/SPEC.md, section 9.1.
package struct KeyRotationRequest: Equatable, Sendable {
    /// Where it is sent.
    package static let path = "/v1/collectors/self/keys"
    /// Its `Content-Type`.
    package static let mediaType = "application/json"

    /// The key that signs from now on.
    package let signingKey: VerifyingKey
    /// The key to which secrets are sealed from now on.
    package let boxKey: BoxPublicKey
    /// The collector's clock.
    package let sentAt: Timestamp
    private let proof: [UInt8]

    /// Who changes its key, and from which.
    package struct Former: Equatable, Sendable {
        let collector: CollectorID
        let key: VerifyingKey

        /// - Parameter key: the one that signs the request.
        package init(_ collector: CollectorID, key: VerifyingKey) {
            (self.collector, self.key) = (collector, key)
        }
    }

    /// Proves a new key to stand in a former one's place.
    package init(_ next: SigningKey, box: BoxPublicKey, after former: Former, sentAt: Timestamp) {
        signingKey = next.verifyingKey
        boxKey = box
        self.sentAt = sentAt
        proof = next.sign(Self.text(next.verifyingKey, box, after: former))
    }

    /// Whether the holder of the new key meant it for this collector and after this key. About 150 µs.
    package func isProved(after former: Former) -> Bool {
        signingKey.isValid(proof, for: Self.text(signingKey, boxKey, after: former))
    }

    private static func text(
        _ key: VerifyingKey, _ box: BoxPublicKey, after former: Former
    ) -> [UInt8] {
        let lines = [
            "convey-rotate-1", former.collector.description, former.key.base64URL, key.base64URL,
            box.base64URL,
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Writes the request's body.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("public_key", signingKey.base64URL)
            writer.member("box_key", boxKey.base64URL)
            writer.member("proof", Base64.encode(proof, alphabet: .url))
            writer.member("sent_at", sentAt)
        }
        return writer.bytes
    }

    /// Reads a stranger's request.
    /// - Throws: `malformed`, naming the member.
    package init(json body: [UInt8]) throws(ProtocolProblem) {
        self = try AnswerMembers.request(body) { members throws(AnswerRefusal) in
            try KeyRotationRequest(members)
        }
    }

    private init(_ members: AnswerMembers) throws(AnswerRefusal) {
        signingKey = try members.verifyingKey("public_key")
        boxKey = try members.boxKey("box_key")
        proof = try members.required(
            Base64.decode(try members.string("proof"), alphabet: .url), "proof")
        sentAt = try members.time("sent_at")
    }
}

/// What the aggregator answers to a rotation.
package struct KeyRotationAnswer: Equatable, Sendable {
    /// Until when the former key is taken, too.
    package let formerUntil: Timestamp
    /// Version of the settings to fetch: its secrets are boxed to the new key.
    package let settings: Int64
    /// The aggregator's clock.
    package let time: Timestamp

    /// Puts an answer together.
    package init(formerUntil: Timestamp, settings: Int64, time: Timestamp) {
        (self.formerUntil, self.settings, self.time) = (formerUntil, settings, time)
    }

    /// Writes the answer's body.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            writer.member("former_until", formerUntil)
            writer.member("settings", settings)
            writer.member("time", time)
        }
        return writer.bytes
    }

    /// Reads the body of a signed answer.
    package init(json body: [UInt8]) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 8192, depthMax: 4)
        self = try parser.parse(body.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in
            let members = AnswerMembers(root)
            return KeyRotationAnswer(
                formerUntil: try members.time("former_until"),
                settings: try members.integer("settings"), time: try members.time("time"))
        }
    }
}

extension ProtocolProblem {
    /// What a small body that breaks its rule is answered with.
    init(malformed refusal: AnswerRefusal) {
        self =
            switch refusal {
            case .notJSON: .malformed(pointer: "", code: "invalid_json")
            case .wrongMember(let name): .malformed(pointer: "/\(name)", code: "invalid_value")
            }
    }
}

package import Crypto
internal import JSON
package import Time

/// The aggregator's word, signed with the key that it had, that another key follows it.
/// - Source: protocol/SPEC.md, section 10.1.
package struct KeyStatement: Equatable, Sendable {
    /// The key that signed this statement.
    package let previous: VerifyingKey
    /// The key that follows.
    package let next: VerifyingKey
    /// By the aggregator's clock; for people, since no rule depends on it.
    package let statedAt: Timestamp
    private let signature: [UInt8]

    /// States that `next` follows a key.
    package init(_ next: VerifyingKey, follows key: SigningKey, at now: Timestamp) {
        previous = key.verifyingKey
        self.next = next
        statedAt = now.roundedDownToMilliseconds
        signature = key.sign(Self.text(previous, next, statedAt))
    }

    /// Whether the holder of `previous` made it, as it stands. About 150 µs.
    package var isAuthentic: Bool {
        previous.isValid(signature, for: Self.text(previous, next, statedAt))
    }

    private static func text(
        _ previous: VerifyingKey, _ next: VerifyingKey, _ statedAt: Timestamp
    ) -> [UInt8] {
        let lines = [
            "convey-key-statement-1", previous.base64URL, next.base64URL, statedAt.description,
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}

/// Every statement that an aggregator ever made, from its first key to the one it signs with now.
package struct KeyHistory: Equatable, Sendable {
    /// More than any aggregator will make; what is longer is refused.
    package static let statementsMax = 1000

    /// Oldest first.
    package let statements: [KeyStatement]

    /// Of an aggregator that still has its first key.
    package init() { statements = [] }

    /// Takes statements from a stranger.
    /// - Returns: Nil unless they form one line: each made by the key that the one before it names, no
    ///   key twice, every signature sound. A part of a line is one, too: what it lacks is not believed.
    package init?(_ statements: [KeyStatement]) {
        guard statements.count <= Self.statementsMax else { return nil }
        var seen = Set(statements.first.map { [$0.previous] } ?? [])
        for (index, statement) in statements.enumerated() {
            guard index == 0 || statement.previous == statements[index - 1].next,
                seen.insert(statement.next).inserted, statement.isAuthentic
            else { return nil }
        }
        self.statements = statements
    }

    /// The newest key; nil before any statement.
    package var current: VerifyingKey? { statements.last?.next }

    /// The same with one statement more.
    package func adding(_ statement: KeyStatement) -> KeyHistory? {
        KeyHistory(statements + [statement])
    }

    /// The key of this name, where a pinned key vouches for it by one statement or several. Only keys
    /// that follow the pinned one count, so nobody leads a collector back.
    package func key(named fingerprint: String, after pinned: VerifyingKey) -> VerifyingKey? {
        guard let start = statements.firstIndex(where: { $0.previous == pinned }) else {
            return nil
        }
        return statements[start...].map(\.next).first { $0.fingerprint == fingerprint }
    }
}

/// What anybody may ask an aggregator for: its key, and the statements that lead to it.
package struct AggregatorKeys: Equatable, Sendable {
    /// Where it is asked for, without a signature.
    package static let path = "/v1/aggregator-key"

    /// What answers are signed with.
    package let key: VerifyingKey
    /// How it came to be so.
    package let history: KeyHistory

    /// Tells a key and its history.
    package init(key: VerifyingKey, history: KeyHistory) {
        self.key = key
        self.history = history
    }

    /// Writes the answer's body.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + history.statements.count * 256)
        writer.object { writer in
            writer.member("aggregator_key", key.base64URL)
            writer.key("key_statements")
            history.write(to: &writer)
        }
        return writer.bytes
    }

    /// Reads an answer, which is not signed as a whole: only the statements prove anything, or a
    /// fingerprint that the operator knows.
    package init(json body: [UInt8]) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 1_048_576, depthMax: 4)
        self = try parser.parse(body.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in
            let members = AnswerMembers(root)
            return AggregatorKeys(
                key: try members.verifyingKey("aggregator_key"),
                history: try members.history("key_statements"))
        }
    }
}

// MARK: JSON

extension KeyHistory {
    /// Writes the statements as an array.
    func write(to writer: inout JSONWriter) {
        writer.array { writer in
            for statement in statements { statement.write(to: &writer) }
        }
    }

    /// Writes a file of its own.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 64 + statements.count * 256)
        writer.object { writer in
            writer.key("key_statements")
            write(to: &writer)
        }
        return writer.bytes
    }

    /// Reads that file; every statement is checked again.
    package init(json text: [UInt8]) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 1_048_576, depthMax: 4)
        self = try parser.parse(text.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in try AnswerMembers(root).history("key_statements")
        }
    }
}

extension KeyStatement {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("previous_key", previous.base64URL)
            writer.member("key", next.base64URL)
            writer.member("stated_at", statedAt)
            writer.member("signature", Base64.encode(signature, alphabet: .url))
        }
    }

    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        previous = try members.verifyingKey("previous_key")
        next = try members.verifyingKey("key")
        statedAt = try members.time("stated_at")
        signature = try members.required(
            Base64.decode(try members.string("signature"), alphabet: .url), "signature")
    }
}

extension AnswerMembers {
    fileprivate func history(_ name: StaticString) throws(AnswerRefusal) -> KeyHistory {
        var statements: [KeyStatement] = []
        for element in try required(try element(name).array, name) {
            guard statements.count < KeyHistory.statementsMax else {
                throw .wrongMember(name.description)
            }
            statements.append(try KeyStatement(AnswerMembers(element)))
        }
        return try required(KeyHistory(statements), name)
    }
}

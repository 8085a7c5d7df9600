import Crypto
import Foundation

@testable import ConveyProtocol

/// Lists of key statements, and how far each leads.
struct KeyStatementVector: Codable, Equatable {
    var name: String
    /// The answer's body.
    var body: String
    /// The key that a collector has pinned, and the fingerprint that an answer names.
    var pinned: String
    var named: String
    /// The key to believe; nil where there is none.
    var leadsTo: String?
}

/// Makes the vectors of section 10.1. The first key is `aggregator` of keys.json; the others follow it.
enum VectorKeyStatements {
    private static let keys =
        [VectorKeys.aggregator]
        + (1...2).map { SigningKey(from: KeyStatementTests.Seeded(byte: 0xA0 + UInt8($0))) }
    private static let thief = SigningKey(from: KeyStatementTests.Seeded(byte: 0xEE))

    private static func statement(_ from: SigningKey, _ to: SigningKey) -> KeyStatement {
        KeyStatement(to.verifyingKey, follows: from, at: VectorKeys.now)
    }

    private static let line = [statement(keys[0], keys[1]), statement(keys[1], keys[2])]

    static func valid() -> [KeyStatementVector] {
        [
            vector("over two keys at once", line, from: keys[0], to: keys[2], leads: true),
            vector("to the next key", line, from: keys[0], to: keys[1], leads: true),
            vector("from the second key", line, from: keys[1], to: keys[2], leads: true),
            vector(
                "from the second key, without what was before it", [line[1]], from: keys[1],
                to: keys[2], leads: true),
        ]
    }

    static func invalid() -> [KeyStatementVector] {
        let (first, second, third) = (keys[0], keys[1], keys[2])
        return [
            vector("no statement", [], from: first, to: third),
            vector("the end is cut off", [line[0]], from: first, to: third),
            vector("the start is cut off", [line[1]], from: first, to: third),
            vector("back to an earlier key", line, from: third, to: first),
            vector("the pinned key is no part of it", line, from: thief, to: third),
            vector("a key that is not named", line, from: first, to: thief),
            vector("out of order", line.reversed(), from: first, to: third),
            vector("twice the same", [line[0]] + line, from: first, to: third),
            vector(
                "two keys follow one", line + [statement(first, thief)], from: first, to: thief),
            vector("a circle", line + [statement(third, first)], from: second, to: first),
            vector("signed by a stranger", [statement(thief, third)], from: first, to: third),
            forged(),
        ]
    }

    /// True signature, another key.
    private static func forged() -> KeyStatementVector {
        var vector = vector("a key put in another's place", line, from: keys[0], to: thief)
        vector.body = vector.body.replacing(
            keys[2].verifyingKey.base64URL, with: thief.verifyingKey.base64URL)
        return vector
    }

    private static func vector(
        _ name: String, _ statements: [KeyStatement], from pinned: SigningKey,
        to named: SigningKey, leads: Bool = false
    ) -> KeyStatementVector {
        let texts = statements.map { statement in
            String(decoding: KeyHistory([statement])?.json ?? [], as: UTF8.self)
                .dropFirst(#"{"key_statements":["#.count).dropLast(2)
        }
        let key = named.verifyingKey.base64URL
        return KeyStatementVector(
            name: name,
            body:
                #"{"aggregator_key":"\#(key)","key_statements":[\#(texts.joined(separator: ","))]}"#,
            pinned: pinned.verifyingKey.base64URL, named: named.verifyingKey.fingerprint,
            leadsTo: leads ? key : nil)
    }
}

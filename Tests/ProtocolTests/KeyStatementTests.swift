import Crypto
import Foundation
import TestSupport
import Testing
import Time

@testable import ConveyProtocol

/// Goal: a pinned key leads to every later one and to no other. Method: true statements of four keys;
/// then forged, cut, repeated, turned and mixed ones, by hand and by seed.
@Suite struct KeyStatementTests {
    struct Seeded: RandomSource {
        let byte: UInt8
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
    }

    static let now = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!
    static let keys = (1...4).map { SigningKey(from: Seeded(byte: $0)) }
    static let thief = SigningKey(from: Seeded(byte: 99))

    static func statement(_ from: SigningKey, _ to: SigningKey) -> KeyStatement {
        KeyStatement(to.verifyingKey, follows: from, at: now)
    }

    static let line = (0..<3).map { statement(keys[$0], keys[$0 + 1]) }

    private func name(_ key: SigningKey) -> String { key.verifyingKey.fingerprint }

    @Test func leadsFromEachKeyToEachLaterOneOnly() throws {
        let history = try #require(KeyHistory(Self.line))
        for (pinned, key) in Self.keys.enumerated() {
            for (named, other) in Self.keys.enumerated() {
                let found = history.key(named: name(other), after: key.verifyingKey)
                #expect((found == other.verifyingKey) == (named > pinned), "\(pinned) → \(named)")
            }
        }
        let stranger = Self.thief.verifyingKey
        #expect(history.key(named: name(Self.keys[3]), after: stranger) == nil)
        #expect(history.key(named: name(Self.thief), after: Self.keys[0].verifyingKey) == nil)
        #expect(history.current == Self.keys[3].verifyingKey)
    }

    @Test func anyCutLeadsNoFurtherThanItIsLong() throws {
        let first = Self.keys[0].verifyingKey
        let withoutEnd = try #require(KeyHistory(Array(Self.line.dropLast())))
        #expect(withoutEnd.key(named: name(Self.keys[3]), after: first) == nil)
        #expect(withoutEnd.key(named: name(Self.keys[2]), after: first) != nil)
        let withoutStart = try #require(KeyHistory(Array(Self.line.dropFirst())))
        #expect(withoutStart.key(named: name(Self.keys[3]), after: first) == nil)
        #expect(KeyHistory([Self.line[0], Self.line[2]]) == nil)
        #expect(KeyHistory([]) == KeyHistory())
    }

    @Test func refusesForgedTurnedRepeatedAndForkedLines() {
        let (one, two) = (Self.keys[0], Self.keys[1])
        let forged = Self.statement(Self.thief, two)
        #expect(KeyHistory([Self.line[0], forged]) == nil)
        #expect(KeyHistory(Self.line.reversed()) == nil)
        #expect(KeyHistory([Self.line[0], Self.line[0]]) == nil)
        #expect(KeyHistory([Self.line[0], Self.statement(two, one)]) == nil)
        #expect(KeyHistory([Self.statement(one, one)]) == nil)
        #expect(KeyHistory([Self.line[0], Self.statement(one, Self.thief)]) == nil)
    }

    @Test func refusesMoreThanAnAggregatorMakes() {
        let many = Array(repeating: Self.line[0], count: KeyHistory.statementsMax + 1)
        #expect(KeyHistory(many) == nil)
    }

    /// What a thief can write: another key's name over a true signature.
    @Test func everyMemberIsSigned() throws {
        let history = try #require(KeyHistory(Self.line))
        let text = String(decoding: history.json, as: UTF8.self)
        let stolen = Self.thief.verifyingKey.base64URL
        for old in [
            Self.keys[3].verifyingKey.base64URL, "12:00:00.000Z",
        ] {
            let changed = text.replacing(old, with: old.hasSuffix("Z") ? "12:00:00.001Z" : stolen)
            #expect(throws: AnswerRefusal.wrongMember("key_statements")) {
                try KeyHistory(json: Array(changed.utf8))
            }
        }
    }

    @Test func isReadAsItIsWritten() throws {
        let history = try #require(KeyHistory(Self.line))
        #expect(try KeyHistory(json: history.json) == history)
        let keys = AggregatorKeys(key: Self.keys[3].verifyingKey, history: history)
        #expect(try AggregatorKeys(json: keys.json) == keys)
        let fresh = AggregatorKeys(key: Self.keys[0].verifyingKey, history: KeyHistory())
        #expect(try AggregatorKeys(json: fresh.json) == fresh)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func noAlteredTextLeadsElsewhere(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let history = try #require(KeyHistory(Self.line))
        var text = history.json
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = text.indices.randomElement(using: &random)!
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text[place] = UInt8.random(in: 0x20...0x7E, using: &random)
            case 1: text.remove(at: place)
            default: text.insert(text.randomElement(using: &random)!, at: place)
            }
        }
        guard let read = try? KeyHistory(json: text) else { return }
        #expect(read == history, "seed \(seed)")
    }
}

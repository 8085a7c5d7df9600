import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Gate
import HTTP
import TestSupport
import Testing
import Time

@testable import Settings

/// Goal: a collector follows its aggregator from key to key by itself, however long it was away, and
/// follows nobody else anywhere. Method: the real gate in memory under changing keys; what anybody on
/// the way could answer in its place.
@Suite struct AggregatorTrustTests {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let aggregator: FakeAggregator
    let identity: EdgeIdentity
    var place: IdentityPlace { IdentityPlace(directory: directory.path) }

    init() async throws {
        directory = try TemporaryDirectory()
        aggregator = FakeAggregator(clock.wall)
        identity = try await Enrolment(
            token: aggregator.token, at: FakeAggregator.origin, authority: nil, shipper: "test/1"
        ).run(
            in: IdentityPlace(directory: directory.path), over: aggregator, clock: clock.wall,
            random: RandomBytes())
    }

    /// Asks for the settings with whatever is pinned on the disk now.
    @discardableResult private func ask() async throws -> AggregatorTrust {
        let read = try #require(try place.read())
        let trust = AggregatorTrust(of: read, in: place, over: aggregator, log: Log { _ in })
        let response = try await read.exchange(over: aggregator, trusting: trust).send(
            .init(.get, SiteSettings.path), at: clock.wall.now())
        #expect(response.status == 200)
        return trust
    }

    private func pinnedOnDisk() throws -> VerifyingKey? { try place.read()?.pinned }

    /// Answers to the question for keys are what this makes of the true one.
    private func answersForKeys(_ change: @escaping @Sendable (Response) -> Response) {
        aggregator.change { state in
            state.between = { response throws(HTTPFault) in
                response.headers["Signature"] == nil ? change(response) : response
            }
        }
    }

    private func expectNoTrust(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        await #expect(throws: ExchangeFault.self, sourceLocation: sourceLocation) {
            try await ask()
        }
        #expect(try pinnedOnDisk() == identity.pinned, sourceLocation: sourceLocation)
    }

    @Test func followsOverThreeKeysAtOnceAndKeepsTheLast() async throws {
        for _ in 0..<3 { try aggregator.rotate() }
        clock.advance(by: .seconds(86_400 * 200))
        let trust = try await ask()
        #expect(trust.pinned == aggregator.keyring.keys.key)
        #expect(try pinnedOnDisk() == aggregator.keyring.keys.key)
        let asked = aggregator.seen.requests.count
        try await ask()
        #expect(
            aggregator.seen.requests.count == asked + 1, "The next request needs no statements.")
        let other = try #require(try place.read())
        #expect(other.collector == identity.collector)
        #expect(other.key.rawBytes == identity.key.rawBytes)
    }

    @Test func followsEachKeyWhileItRuns() async throws {
        let trust = AggregatorTrust(of: identity, in: place, over: aggregator, log: Log { _ in })
        let exchange = identity.exchange(over: aggregator, trusting: trust)
        for _ in 0..<4 {
            let response = try await exchange.send(
                .init(.get, SiteSettings.path), at: clock.wall.now())
            #expect(response.status == 200)
            #expect(trust.pinned == aggregator.keyring.keys.key)
            try aggregator.rotate()
        }
    }

    // MARK: What others answer

    @Test func followsNoCutForgedOrForeignStatements() async throws {
        let stranger = FakeAggregator(clock.wall)
        try stranger.rotate()
        try aggregator.rotate()
        let atSecond = aggregator.keyring.keys
        try aggregator.rotate()
        let whole = aggregator.keyring.keys
        let (first, last) = (whole.history.statements[0], whole.history.statements[1])
        let thief = SigningKey(from: RandomBytes())
        let forged = KeyStatement(whole.key, follows: thief, at: clock.wall.now())
        let lists: [[KeyStatement]] = [
            [], [first], [last], [last, first], [first, first, last], [forged], [first, forged],
            stranger.keyring.keys.history.statements,
        ]
        for statements in lists {
            let body = AggregatorKeysText.json(whole.key, statements)
            answersForKeys { _ in .json(200, body) }
            try await expectNoTrust()
        }
        answersForKeys { _ in .json(200, atSecond.json) }
        try await expectNoTrust()
        answersForKeys { _ in .text(200, "<html>Please sign in</html>") }
        try await expectNoTrust()
        answersForKeys { _ in .problem(404, "not-found", "No.") }
        try await expectNoTrust()
        aggregator.change { $0.between = nil }
        #expect(try await ask().pinned == whole.key)
    }

    /// A stolen old key signs again, beside true statements.
    @Test func goesBackToNoEarlierKey() async throws {
        let stolen = aggregator.keyring.key
        try aggregator.rotate()
        try await ask()
        let keys = aggregator.keyring.keys
        aggregator.keyring.use(stolen, history: keys.history)
        await #expect(throws: ExchangeFault.self) { try await ask() }
        #expect(try pinnedOnDisk() == keys.key)
    }

    /// The statement is true, but whoever answers does not hold the new key.
    @Test func pinsNoKeyThatHasNotSigned() async throws {
        try aggregator.rotate()
        aggregator.change { state in
            state.between = { response throws(HTTPFault) in
                guard response.headers["Signature"] != nil else { return response }
                var altered = response
                altered.body.append(0x20)
                return altered
            }
        }
        try await expectNoTrust()
    }

    // MARK: By the operator's word

    private func trust(_ fingerprint: String) async throws {
        let repinning = try #require(Repinning(fingerprint: fingerprint, authority: nil))
        let identity = try repinning.identity(in: place)
        try await repinning.run(identity, in: place, over: aggregator)
    }

    @Test func pinsByFingerprintWhereNoStatementLeads() async throws {
        let lost = SigningKey(from: RandomBytes())
        aggregator.keyring.use(lost, history: KeyHistory())
        try await expectNoTrust()
        try await trust(lost.verifyingKey.fingerprint)
        #expect(try await ask().pinned == lost.verifyingKey)
        let read = try #require(try place.read())
        #expect(read.collector == identity.collector)
        #expect(read.key.rawBytes == identity.key.rawBytes)
        #expect(read.authority == identity.authority)
    }

    @Test func pinsNothingThatHasAnotherFingerprint() async throws {
        aggregator.keyring.use(SigningKey(from: RandomBytes()), history: KeyHistory())
        await #expect(throws: TrustFault.anotherKey) {
            try await trust(SigningKey(from: RandomBytes()).verifyingKey.fingerprint)
        }
        answersForKeys { _ in .text(200, "<html></html>") }
        await #expect(throws: TrustFault.notTheAggregator) {
            try await trust(aggregator.keyring.keys.key.fingerprint)
        }
        #expect(try pinnedOnDisk() == identity.pinned)
        for text in [
            "", "abc", identity.pinned.fingerprint.uppercased(), identity.pinned.base64URL,
        ] {
            #expect(Repinning(fingerprint: text, authority: nil) == nil)
        }
    }

    @Test func pinsNothingBeforeAnEnrolment() throws {
        let empty = try TemporaryDirectory()
        let repinning = try #require(
            Repinning(fingerprint: identity.pinned.fingerprint, authority: nil))
        #expect(throws: TrustFault.notEnrolled) {
            try repinning.identity(in: IdentityPlace(directory: empty.path))
        }
    }
}

/// Writes any list of statements, also those that no history takes.
private enum AggregatorKeysText {
    static func json(_ key: VerifyingKey, _ statements: [KeyStatement]) -> [UInt8] {
        let texts = statements.map { statement in
            String(decoding: KeyHistory([statement])!.json, as: UTF8.self)
                .dropFirst(#"{"key_statements":["#.count).dropLast(2)
        }
        return Array(
            #"{"aggregator_key":"\#(key.base64URL)","key_statements":[\#(texts.joined(separator: ","))]}"#
                .utf8)
    }
}

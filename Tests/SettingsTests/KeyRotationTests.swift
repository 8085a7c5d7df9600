import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import HTTP
import TestSupport
import Testing
import Time

@testable import Settings

/// Goal: a change of the collector's key comes to the same end wherever it is cut off, and cached
/// secrets open all the while. Method: the files as each step leaves them, answers that are lost, an
/// aggregator in memory behind the real gate.
@Suite struct KeyRotationTests {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let aggregator: FakeAggregator
    let identity: EdgeIdentity
    var place: IdentityPlace { IdentityPlace(directory: directory.path) }

    init() async throws {
        directory = try TemporaryDirectory()
        aggregator = FakeAggregator(clock.wall)
        identity = try await Self.enrol(aggregator, directory, clock)
    }

    private static func enrol(
        _ aggregator: FakeAggregator, _ directory: TemporaryDirectory, _ clock: ManualClock
    ) async throws -> EdgeIdentity {
        try await Enrolment(
            token: aggregator.token, at: FakeAggregator.origin, authority: nil, shipper: "test/1"
        ).run(
            in: IdentityPlace(directory: directory.path), over: aggregator, clock: clock.wall,
            random: RandomBytes())
    }

    @discardableResult private func rotate(at now: Timestamp? = nil) async throws -> EdgeIdentity {
        let read = try #require(try place.read())
        let trust = AggregatorTrust(of: read, in: place, over: aggregator, log: Log { _ in })
        return try await KeyRotation(of: read, in: place).run(
            over: { read.exchange(over: aggregator, trusting: trust, as: $0) },
            at: now ?? clock.wall.now(), random: RandomBytes())
    }

    private func isAway() {
        aggregator.change { state in
            state.between = { _ throws(HTTPFault) in throw HTTPFault(.reset) }
        }
    }

    private func files() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory.path))
    }

    /// The new key is in force on both sides, and the former one is kept.
    private func expectChanged(from former: EdgeIdentity) throws {
        let read = try #require(try place.read())
        #expect(read.key.verifyingKey == aggregator.seen.enrolled)
        #expect(read.key.rawBytes != former.key.rawBytes)
        #expect(read.formerKey?.rawBytes == former.key.rawBytes)
        #expect(read.collector == former.collector)
        #expect(!place.hasDraft)
    }

    @Test func changesTheKeyAndKeepsTheFormerOne() async throws {
        let changed = try await rotate()
        #expect(changed.key.verifyingKey == aggregator.seen.enrolled)
        try expectChanged(from: identity)
        for file in try files() {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.file(file))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
        try place.forgetFormerKey()
        #expect(try files() == ["collector.pem", "enrolment.json"])
        let next = try #require(try place.read())
        try await rotate()
        try expectChanged(from: next)
    }

    @Test func theAnswerThatWasLostIsAskedForAgain() async throws {
        isAway()
        await #expect(throws: KeyRotationFault.exchange(.noAnswer(HTTPFault(.reset)))) {
            try await rotate()
        }
        #expect(place.hasDraft)
        #expect(try place.read()?.key.rawBytes == identity.key.rawBytes)
        #expect(aggregator.seen.enrolled != identity.key.verifyingKey, "It was put in force.")
        aggregator.change { $0.between = nil }
        try await rotate()
        try expectChanged(from: identity)
    }

    /// The answer was lost, and by now the aggregator takes the former key no more.
    @Test func goesOnUnderTheNewKeyWhenTheOverlapIsOver() async throws {
        isAway()
        await #expect(throws: KeyRotationFault.self) { try await rotate() }
        aggregator.change {
            $0.between = nil
            $0.former = nil
        }
        try await rotate()
        try expectChanged(from: identity)
    }

    @Test func cutOffBeforeOrBehindEachWriteItComesToTheSameEnd() async throws {
        // Behind the draft, before anything was sent.
        let draft = try place.draft(from: RandomBytes())
        try await rotate()
        #expect(aggregator.seen.enrolled == draft.verifyingKey)
        try expectChanged(from: identity)
        // Behind the copy of the former key, before the draft takes its place.
        try place.forgetFormerKey()
        let second = try #require(try place.read())
        isAway()
        await #expect(throws: KeyRotationFault.self) { try await rotate() }
        aggregator.change { $0.between = nil }
        try KeyFile.write(second.key, to: directory.file("collector.former.pem"))
        try await rotate()
        try expectChanged(from: second)
    }

    @Test func correctsAWrongClock() async throws {
        try await rotate(at: clock.wall.now() + .seconds(86_400))
        try expectChanged(from: identity)
    }

    @Test func saysWhyTheAggregatorRefuses() async throws {
        aggregator.change {
            $0.enrolled = nil
            $0.former = nil
        }
        await #expect(throws: KeyRotationFault.refused(.keyUnknown)) { try await rotate() }
        #expect(place.hasDraft)
        #expect(try place.read()?.key.rawBytes == identity.key.rawBytes)
    }

    /// Two changes in a row would leave a cache that neither kept key opens.
    @Test func waitsUntilSettingsHaveComeForTheLastKey() async throws {
        try await rotate()
        await #expect(throws: KeyRotationFault.notOver) { try await rotate() }
        try place.forgetFormerKey()
        try await rotate()
    }

    // MARK: Enrolling again

    @Test func enrollingAgainMakesANewKeyAndRepeatsWithIt() async throws {
        let second = FakeAggregator.renewed(aggregator)
        let first = try #require(try place.read())
        let again = try await Self.enrol(second, directory, clock)
        #expect(again.key.rawBytes != first.key.rawBytes)
        #expect(try place.read()?.formerKey?.rawBytes == first.key.rawBytes)
        let repeated = try await Self.enrol(second, directory, clock)
        #expect(repeated.key.rawBytes == again.key.rawBytes)
        #expect(!place.hasDraft)
    }

    @Test func anEnrolmentWhoseAnswerWasLostIsRepeatedWithTheSameKey() async throws {
        let second = FakeAggregator.renewed(aggregator)
        second.change { state in
            state.between = { _ throws(HTTPFault) in throw HTTPFault(.reset) }
        }
        await #expect(throws: HTTPFault.self) { try await Self.enrol(second, directory, clock) }
        #expect(try place.read()?.key.rawBytes == identity.key.rawBytes)
        second.change { $0.between = nil }
        let again = try await Self.enrol(second, directory, clock)
        #expect(again.key.verifyingKey == second.seen.enrolled)
        #expect(try place.read()?.key.rawBytes == again.key.rawBytes)
    }
}

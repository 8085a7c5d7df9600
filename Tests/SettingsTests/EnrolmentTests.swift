import ConveyProtocol
import Crypto
import Foundation
import HTTP
import Settings
import TestSupport
import Testing
import Time

/// Goal: a token makes one collector this aggregator's, and nobody else's. Method: the real gate in
/// memory; answers altered on their way, other aggregators, wrong clocks.
@Suite struct EnrolmentTests {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let aggregator: FakeAggregator
    var place: IdentityPlace { IdentityPlace(directory: directory.path) }

    init() throws {
        directory = try TemporaryDirectory()
        aggregator = FakeAggregator(clock.wall)
    }

    func enrol(
        _ token: EnrolmentToken? = nil, authority: String? = nil
    ) async throws -> EdgeIdentity {
        try await Enrolment(
            token: token ?? aggregator.token, at: FakeAggregator.origin, authority: authority,
            shipper: "test/1"
        ).run(in: place, over: aggregator, clock: clock.wall, random: RandomBytes())
    }

    @Test func keepsAnIdentityAndAPrivateKey() async throws {
        #expect(try place.read() == nil)
        aggregator.change { $0.pem = "-----BEGIN CERTIFICATE-----" }
        let made = try await enrol(authority: "other")
        let read = try #require(try place.read())
        for identity in [made, read] {
            #expect(identity.collector == FakeAggregator.collector)
            #expect(identity.aggregator == FakeAggregator.origin)
            #expect(identity.pinned == aggregator.key.verifyingKey)
            #expect(identity.authority == "-----BEGIN CERTIFICATE-----")
            #expect(identity.key.verifyingKey == aggregator.seen.enrolled)
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: directory.file(file))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }

    @Test func keepsTheGivenAuthorityWhereTheAnswerNamesNone() async throws {
        #expect(try await enrol(authority: "given").authority == "given")
    }

    @Test func givesTheSameAnswerAgain() async throws {
        aggregator.change { state in
            state.between = { _ throws(HTTPFault) in throw HTTPFault(.reset) }
        }
        await #expect(throws: HTTPFault.self) { try await enrol() }
        #expect(try place.read() == nil)
        aggregator.change { $0.between = nil }
        let first = try await enrol()
        let second = try await enrol()
        #expect(first.key.rawBytes == second.key.rawBytes)
        #expect(first.collector == second.collector)
    }

    @Test func neverSendsTheTokensSecret() async throws {
        _ = try await enrol()
        let secret = aggregator.token.text.split(separator: ".")[1]
        for request in aggregator.seen.requests {
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(!text.contains(secret))
            #expect(!request.headers.all.contains { $0.value.contains(secret) })
        }
        #expect(aggregator.seen.requests.count == 1)
    }

    @Test func refusesAnotherAggregator() async throws {
        let other = SigningKey(from: RandomBytes()).verifyingKey
        let token = EnrolmentToken(aggregator: other, random: RandomBytes())
        await #expect(throws: EnrolmentFault.tokenInvalid) { try await enrol(token) }
        // An impostor who knows the token's name but has another key.
        aggregator.change { state in
            state.between = { response throws(HTTPFault) in
                let impostor = SigningKey(from: RandomBytes())
                let answer = EnrolmentAnswer(
                    collector: FakeAggregator.collector, aggregatorKey: impostor.verifyingKey,
                    authority: nil, settings: 1, time: Timestamp(unixSeconds: 1_767_225_600))
                return Response(200, headers: response.headers, body: answer.json)
            }
        }
        await #expect(throws: EnrolmentFault.anotherKey) { try await enrol() }
        #expect(try place.read() == nil)
    }

    @Test func refusesAlteredAnswersAndPortals() async throws {
        for alter in [
            { (response: Response) in
                var altered = response
                let text = String(decoding: response.body, as: UTF8.self)
                altered.body = Array(text.replacing("c011", with: "c012").utf8)
                return altered
            },
            { _ in .text(200, "<html>Please sign in</html>") },
            { _ in .text(502, "Bad gateway") },
            { response in Response(200, body: response.body) },
        ] as [@Sendable (Response) -> Response] {
            aggregator.change { state in
                state.between = { response throws(HTTPFault) in alter(response) }
            }
            await #expect(throws: EnrolmentFault.notTheAggregator) { try await enrol() }
        }
        #expect(try place.read() == nil)
    }

    @Test(arguments: [86_400, -86_400]) func enrolsWithAClockThatIsWrongByADay(
        seconds: Int
    ) async throws {
        clock.setWall(clock.wall.now() + .seconds(seconds))
        let wrong = Timestamp(unixSeconds: 1_767_225_600)
        let identity = try await Enrolment(
            token: aggregator.token, at: FakeAggregator.origin, authority: nil, shipper: "test/1"
        ).run(in: place, over: aggregator, clock: Fixed(time: wrong), random: RandomBytes())
        #expect(identity.collector == FakeAggregator.collector)
        #expect(aggregator.seen.requests.count == 2)
    }

    struct Fixed: WallClock {
        let time: Timestamp
        func now() -> Timestamp { time }
    }

    @Test func saysThatATokenDoesNotHold() async throws {
        aggregator.change { $0.tokenHolds = false }
        let fault = await #expect(throws: EnrolmentFault.self) { try await enrol() }
        #expect(fault?.cause == "the token is unknown, expired, or used by another collector")
    }

    @Test func saysThatItsFileIsDamaged() async throws {
        _ = try await enrol()
        try Data("{}".utf8).write(to: URL(filePath: directory.file("enrolment.json")))
        #expect(throws: IdentityFault.self) { try place.read() }
    }
}

import ConveyProtocol
import Crypto
import Gate
import HTTP
import TestSupport
import Testing
import Time

/// Goal: only what a known collector signed, whole and in time, comes in; every answer is signed.
/// Method: sign requests as a collector does, then break one thing at a time.
@Suite struct GateTests {
    private struct Directory: CollectorDirectory {
        var known: [String: KnownCollector] = [:]
        var isBroken = false
        func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
            if isBroken { throw Broken() }
            return known[fingerprint]
        }
    }

    private struct Broken: Error {}

    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)
    private static let body = Gate.Body.required(
        mediaType: SealedBatch.mediaType, codings: ContentCoding.allCases)

    private let clock = ManualClock()
    private let aggregator = SigningKey(from: RandomBytes())
    private let collector = SigningKey(from: RandomBytes())
    private var gate: Gate {
        Gate(key: aggregator, authorities: ["Aggregator.Example:8443"], clock: clock.wall)
    }

    private func known(isRevoked: Bool = false) throws -> KnownCollector {
        let id = try #require(CollectorID("0192f0c1-2a00-7abc-8def-0123456789ab"))
        return KnownCollector(
            identity: .init(number: 1, id: id, organization: 1), key: collector.verifyingKey,
            isRevoked: isRevoked, settings: 1, sites: [:])
    }

    private func directory(isRevoked: Bool = false) throws -> Directory {
        Directory(known: [collector.verifyingKey.fingerprint: try known(isRevoked: isRevoked)])
    }

    private func request(
        _ bytes: String = "body", at created: Timestamp? = nil,
        change: (inout Headers) -> Void = { _ in }
    ) -> Request {
        let body = Array(bytes.utf8)
        var headers: Headers = [
            "Host": "aggregator.example:8443", "Content-Type": SealedBatch.mediaType,
            "Content-Encoding": "zstd",
        ]
        headers.add("Content-Digest", ContentDigest.field(for: body))
        let signable = SignableRequest(
            method: "POST", authority: "aggregator.example:8443", target: "/v1/batches",
            headers: headers)
        Self.profile.sign(
            &headers, of: signable, with: collector, at: created ?? clock.wall.now())
        change(&headers)
        return Request(.post, "/v1/batches", headers: headers, body: body)
    }

    private func problem(
        _ request: Request, _ directory: Directory? = nil
    ) async throws -> ProtocolProblem? {
        let directory = try directory ?? self.directory()
        do throws(ProtocolProblem) {
            _ = try await gate.admit(request, Self.body, by: directory)
            return nil
        } catch {
            return error
        }
    }

    @Test func letsASoundRequestIn() async throws {
        let found = try await gate.admit(request(), Self.body, by: directory())
        #expect(found.number == 1)
    }

    @Test func refusesWhatIsNotSignedAsAsked() async throws {
        #expect(
            try await problem(request { $0.remove("Signature") }) == .signatureMissing)
        #expect(
            try await problem(request { $0.remove("Content-Encoding") }) == .signatureCoverage)
        #expect(try await problem(request { $0.remove("Content-Digest") }) == .signatureCoverage)
        #expect(
            try await problem(request { $0.add("Content-Digest", "a=:AA==:") })
                == .signatureCoverage)
        #expect(try await problem(request { $0.set("Host", "other.example") }) == .authorityUnknown)
    }

    @Test func refusesOtherFormsBeforeItLooksAtSignatures() async throws {
        #expect(try await problem(request { $0.set("Content-Type", "text/plain") }) == .mediaType)
        #expect(try await problem(request { $0.set("Content-Encoding", "br") }) == .encoding)
        #expect(
            try await problem(request { $0.set("Content-Encoding", "zstd, gzip") }) == .encoding)
    }

    @Test func refusesStrangersAndTheRevoked() async throws {
        #expect(try await problem(request(), Directory()) == .keyUnknown)
        #expect(try await problem(request(), directory(isRevoked: true)) == .keyRevoked)
        #expect(
            try await problem(request(), Directory(isBroken: true))
                == .unavailable(retryAfter: .seconds(5)))
    }

    @Test func tellsAnAlteredBodyFromAnAlteredHead() async throws {
        let sound = request()
        let altered = Request(
            .post, "/v1/batches", headers: sound.headers, body: Array("bodY".utf8))
        #expect(try await problem(altered) == .digestMismatch)
        let moved = Request(.post, "/v1/other", headers: sound.headers, body: sound.body)
        #expect(try await problem(moved) == .signatureInvalid)
    }

    @Test(arguments: [(-301, false), (-300, true), (300, true), (301, false)])
    func takesFiveMinutesEitherWay(_ seconds: Int, _ isTaken: Bool) async throws {
        let created = clock.wall.now() + .seconds(seconds)
        let expected: ProtocolProblem? = isTaken ? nil : .signatureTime
        #expect(try await problem(request(at: created)) == expected)
    }

    @Test func signsAnswersAndProblemsAlike() throws {
        let request = request()
        let answers = [
            gate.answer(.json(200, Array("{}".utf8)), to: request),
            gate.answer(ProtocolProblem.keyUnknown, to: request),
            gate.answer(ProtocolProblem.unavailable(retryAfter: .seconds(7)), to: request),
        ]
        for answer in answers {
            try Self.profile.verify(
                answer, to: SignableRequest(request), with: aggregator.verifyingKey)
        }
        #expect(answers[2].headers["Retry-After"] == "7")
        let body = try ProblemBody(json: answers[2].body, status: 503)
        #expect(body.problem == .unavailable(retryAfter: .seconds(7)))
        #expect(body.time == clock.wall.now())
    }

    @Test func admitsAnEnrolmentByTheKeyThatItBrings() throws {
        try gate.admit(request(), Self.body, signedWith: collector.verifyingKey)
        #expect(throws: ProtocolProblem.keyUnknown) {
            try gate.admit(request(), Self.body, signedWith: aggregator.verifyingKey)
        }
    }
}

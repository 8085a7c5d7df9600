import Crypto
import Foundation
import Gate
import HTTP
import TestSupport
import Testing
import Time

@testable import ConveyProtocol

/// Goal: this code reads the published vectors as they say. Method: files only; nothing here is made
/// by the code that made them.
@Suite struct ReadingTests {
    static let keys = try! vectorValue([String: KeyVector].self, "valid/keys.json")

    static func key(_ name: String) throws -> SigningKey {
        let vector = try #require(keys[name])
        return try SigningKey(rawBytes: try #require(Hex.decode(vector.privateHex)))
    }

    @Test func derivesThePublicKeys() throws {
        for name in ["collector", "revoked", "stranger", "aggregator"] {
            let key = try Self.key(name).verifyingKey
            #expect(key.base64URL == Self.keys[name]?.publicKey)
            #expect(key.fingerprint == Self.keys[name]?.fingerprint)
        }
    }

    @Test func walksTheChains() throws {
        for vector in try vectorValue([ChainVector].self, "valid/chains.json") {
            let epoch = try #require(EpochID(vector.epoch))
            #expect(vector.start == vector.parentChain ?? Chain.start(of: epoch).hex)
            var chain = Chain(after: try #require(SHA256Digest(hex: vector.start)))
            for step in vector.steps {
                #expect(chain.add(line: step.text.utf8.span).hex == step.digest)
                #expect(chain.value.hex == step.chain)
            }
        }
    }

    @Test func opensTheBatches() throws {
        let batches = try vectorValue([BatchVector].self, "valid/batches.json")
        var opener = BatchOpener()
        for vector in batches {
            let opened = try opener.open(decoded: Array(vector.body.utf8))
            #expect(opened.header.coverage.chainAfter.hex == vector.chainAfter)
            let numbers = opened.lines.indices.map { opened.withLine($0, EventLine.seq) }
            #expect(numbers == vector.numbers)
        }
        let compressed = Array(try VectorFolder.read("valid/batch.zst"))
        let opened = try opener.open(zstd: compressed.span)
        #expect(String(decoding: opened.bytes, as: UTF8.self) == batches[0].body)
        let coded = Array(try VectorFolder.read("valid/batch.dcz"))
        #expect(try opener.open(dcz: coded.span).bytes == opened.bytes)
    }

    @Test(arguments: ["valid", "invalid"]) func followsKeyStatements(_ folder: String) throws {
        let path = "\(folder)/key-statements.json"
        for vector in try vectorValue([KeyStatementVector].self, path) {
            let pinned = try VerifyingKey(base64URL: vector.pinned)
            let keys = try? AggregatorKeys(json: Array(vector.body.utf8))
            let found = keys?.history.key(named: vector.named, after: pinned)
            #expect(found?.base64URL == vector.leadsTo, "\(vector.name)")
            #expect((vector.leadsTo != nil) == (folder == "valid"))
        }
    }

    @Test func refusesTheBrokenBatches() throws {
        var opener = BatchOpener()
        for vector in try vectorValue([BrokenBatchVector].self, "invalid/batches.json") {
            let body = Array(try #require(Data(base64Encoded: vector.bodyBase64)))
            let problem = #expect(throws: ProtocolProblem.self) {
                switch vector.contentEncoding {
                case "zstd": _ = try opener.open(zstd: body.span)
                case "dcz": _ = try opener.open(dcz: body.span)
                default: _ = try opener.open(decoded: body)
                }
            }
            #expect(problem?.kind.type == vector.problem, "\(vector.name)")
            #expect(problem?.status == vector.status)
            if case .framing(let fault, let line) = problem {
                #expect(fault.rawValue == vector.code, "\(vector.name)")
                #expect(line == vector.line, "\(vector.name)")
            }
        }
    }

    @Test func writesTheEvents() throws {
        for vector in try vectorValue([EventVector].self, "valid/events.json") {
            var edge = Edge()
            edge.site.id = VectorKeys.site
            edge.site.lanes = [:]
            edge.site.privacy = try #require(SiteSettings.Privacy(rawValue: vector.privacy))
            edge.source = try #require(EventSource(rawValue: vector.source))
            edge.credential = try #require(CredentialClass(rawValue: vector.credential))
            edge.receivedAt = try #require(Timestamp(rfc3339: vector.receivedAt))
            let (written, json) = try edge.write(vector.sent)
            #expect(json == vector.written, "\(vector.name)")
            #expect(written.lane.rawValue == vector.lane, "\(vector.name)")
            if case .faulty(let fault, _, _) = Edge.read(json) {
                Issue.record("\(vector.name): \(fault)")
            }
        }
    }

    @Test func rejectsTheFaultyEvents() throws {
        var check = EventCheck()
        for vector in try vectorValue([RejectedEventVector].self, "invalid/events.json") {
            guard case .faulty(let fault, _, _) = check.read(vector.line.utf8.span) else {
                Issue.record("\(vector.name) passes")
                continue
            }
            #expect(fault.code.rawValue == vector.code, "\(vector.name)")
            #expect(fault.pointer == vector.pointer, "\(vector.name)")
        }
    }

    @Test func refusesReceiptsThatDoNotAddUp() throws {
        for vector in try vectorValue([TextVector].self, "invalid/receipts.json") {
            #expect(throws: AnswerRefusal.self, "\(vector.name)") {
                try Receipt(json: Array(vector.body.utf8))
            }
        }
    }

    @Test func provesTheEnrolment() throws {
        let vector = try vectorValue(EnrolmentVector.self, "valid/enrolment.json")
        let token = try #require(EnrolmentToken(vector.token))
        let request = try EnrolmentRequest(json: Array(vector.request.utf8))
        #expect(request.isProved(by: token.verifier))
        #expect(request.tokenID.hex == vector.tokenId)
        #expect(request.proof.hex == vector.tokenProof)
        let answer = try EnrolmentAnswer(json: Array(vector.answer.utf8))
        #expect(answer.aggregatorKey.fingerprint == token.fingerprint)
    }

    @Test func opensTheSecretInTheSettings() throws {
        let vector = try vectorValue(SettingsVector.self, "valid/settings.json")
        let settings = try SiteSettings(json: Array(vector.settings.utf8))
        let site = try #require(settings.sites.first)
        let vectorKey = try #require(Self.keys["collector_box"])
        let box = try BoxKey(rawBytes: try #require(Hex.decode(vectorKey.privateHex)))
        let secret = WebhookSecretBox.open(
            try #require(site.webhookSecrets["shopify"]?.first), for: site.id, .shopify, with: box)
        #expect(secret == vector.secret)
    }
}

/// Goal: signed exchanges are believed, altered ones are not. Method: requests into the real gate,
/// answers into the check that a collector makes.
@Suite struct SignedVectorTests {
    private struct Directory: CollectorDirectory {
        let known: [String: KnownCollector]

        func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
            known[fingerprint]
        }
    }

    private let profile = MessageSignatureProfile(label: "convey", tag: "convey-1")

    private func gate() throws -> Gate {
        Gate(
            key: try ReadingTests.key("aggregator"), authorities: ["aggregator.example:8443"],
            clock: ManualClock(at: VectorKeys.now).wall)
    }

    private func directory() throws -> Directory {
        var known: [String: KnownCollector] = [:]
        for name in ["collector", "revoked"] {
            let key = try ReadingTests.key(name).verifyingKey
            known[key.fingerprint] = KnownCollector(
                identity: .init(number: 1, id: VectorKeys.collectorID, organization: 1), key: key,
                isRevoked: name == "revoked", settings: 7, sites: [:])
        }
        return Directory(known: known)
    }

    private func admit(_ vector: RequestVector) async throws {
        let request = try request(vector)
        if vector.target == EnrolmentRequest.path {
            let body = try EnrolmentRequest(json: request.body)
            return try gate().admit(
                request, .required(mediaType: "application/json", codings: []),
                signedWith: body.signingKey)
        }
        let body: Gate.Body =
            switch (vector.method, vector.target) {
            case ("GET", _): .none
            case (_, KeyRotationRequest.path):
                .required(mediaType: KeyRotationRequest.mediaType, codings: [])
            default:
                .required(mediaType: SealedBatch.mediaType, codings: ContentCoding.allCases)
            }
        _ = try await gate().admit(request, body, by: directory())
    }

    private func request(_ vector: RequestVector) throws -> Request {
        Request(
            vector.method == "GET" ? .get : .post, vector.target,
            headers: Headers(vector.headers),
            body: Array(try #require(Data(base64Encoded: vector.bodyBase64))))
    }

    private func believe(_ exchange: ExchangeVector) throws {
        let answer = exchange.answer
        try profile.verify(
            Response(
                answer.status, headers: Headers(answer.headers),
                body: Array(try #require(Data(base64Encoded: answer.bodyBase64)))),
            to: SignableRequest(try request(exchange.request)),
            with: try ReadingTests.key("aggregator").verifyingKey)
    }

    @Test func believesTheExchanges() async throws {
        let exchanges = try vectorValue([ExchangeVector].self, "valid/exchanges.json")
        for exchange in exchanges {
            try await admit(exchange.request)
            try believe(exchange)
        }
        let kinds = Set(
            try exchanges.compactMap { exchange -> ProtocolProblem.Kind? in
                let body = Array(try #require(Data(base64Encoded: exchange.answer.bodyBase64)))
                guard exchange.answer.status >= 400 else { return nil }
                return try ProblemBody(json: body, status: exchange.answer.status).problem?.kind
            })
        #expect(kinds == Set(ProtocolProblem.Kind.allCases))
    }

    @Test func refusesTheRequests() async throws {
        for vector in try vectorValue([RefusedRequestVector].self, "invalid/requests.json") {
            let problem = await #expect(throws: ProtocolProblem.self, "\(vector.name)") {
                try await admit(vector.request)
            }
            #expect(problem?.kind.type == vector.problem, "\(vector.name)")
            #expect(problem?.status == vector.status, "\(vector.name)")
        }
    }

    @Test func believesNoneOfTheOtherAnswers() throws {
        for exchange in try vectorValue([ExchangeVector].self, "invalid/answers.json") {
            #expect(throws: SignatureRefusal.self, "\(exchange.name)") { try believe(exchange) }
        }
    }
}

import Crypto
import Foundation
import HTTP
import JSON
import Time

@testable import ConveyProtocol

/// Makes signed requests and answers.
enum VectorExchanges {
    static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    static func all() throws -> [ExchangeVector] {
        let batch = try batchRequest()
        let enrol = signed(
            .post, EnrolmentRequest.path, VectorEnrolment.request().json,
            ["Content-Type": EnrolmentRequest.mediaType])
        let settings = signed(.get, SiteSettings.path, [], [:])
        let rotation = signed(
            .post, KeyRotationRequest.path, VectorEnrolment.rotation().json,
            ["Content-Type": KeyRotationRequest.mediaType])
        var exchanges = [
            try exchange("a batch and its receipt", batch, .json(200, receipt().json)),
            try exchange("an enrolment", enrol, .json(200, VectorEnrolment.answer().json)),
            try exchange(
                "a rotation", rotation,
                .json(
                    200,
                    KeyRotationAnswer(
                        formerUntil: VectorKeys.now + .seconds(86_400), settings: 8,
                        time: VectorKeys.now
                    ).json)),
            try exchange(
                "settings", settings,
                Response.json(200, VectorEnrolment.settings().json()).with("ETag", "\"7\"")),
            try exchange(
                "settings that did not change", settings, Response(304, headers: ["ETag": "\"7\""])),
            try exchange(
                "a query is covered", signed(.get, SiteSettings.path + "?a=%20b", [], [:]),
                problem(.keyUnknown)),
        ]
        for refused in problems {
            exchanges.append(
                try exchange("problem \(refused.kind.rawValue)", batch, problem(refused)))
        }
        return exchanges
    }

    static let problems: [ProtocolProblem] = {
        let place = ProtocolProblem.LedgerPlace(
            epoch: VectorKeys.epoch, lane: .conversion, expectedSeq: 4,
            chain: Chain.start(of: VectorKeys.epoch))
        return [
            .framing(.seq, line: 3), .framing(.zstd, line: nil),
            .malformed(pointer: "/box_key", code: "invalid_value"), .signatureMissing,
            .signatureCoverage, .signatureInvalid, .digestMismatch, .signatureTime,
            .authorityUnknown, .keyUnknown, .tokenInvalid, .keyRevoked, .keyReplaced,
            .collectorMismatch,
            .ledgerBehind(place), .ledgerFork(place, seq: 2), .tooLarge(.standard), .encoding,
            .mediaType, .schema, .slowDown(retryAfter: .seconds(7)),
            .unavailable(retryAfter: .seconds(10)), .internal,
        ]
    }()

    static func problem(_ problem: ProtocolProblem) -> Response {
        let body = ProblemBody(problem, requestID: "5f0c6d2e", time: VectorKeys.now)
        return Response(
            problem.status, headers: ["Content-Type": "application/problem+json"], body: body.json)
    }

    static func receipt() throws -> Receipt {
        var opener = BatchOpener()
        let header = try opener.open(
            decoded: Array(try VectorBatches.batches()[0].body.utf8)
        ).header
        var receipt = Receipt(
            for: header,
            position: Receipt.Position(
                expectedSeq: 3, chain: header.coverage.chainAfter, chainMatches: true),
            advice: Receipt.Advice(
                settings: 7, pace: 50_000, time: VectorKeys.now,
                dictionaries: [BatchDictionary.digest]))
        receipt.accepted = 1
        receipt.rejected = [
            Receipt.Rejection(
                seq: 2, fault: EventFault(.invalidValue, at: "/id"), id: nil)
        ]
        receipt.totals.accepted = 1
        receipt.totals.rejected = 1
        return receipt
    }

    // MARK: Signing

    struct Sent {
        var method: HTTP.Method
        var target: String
        var headers: Headers
        var body: [UInt8]

        var signable: SignableRequest {
            SignableRequest(
                method: method.name, authority: headers["Host"] ?? "", target: target,
                headers: headers)
        }
    }

    static func batchRequest() throws -> Sent {
        signed(
            .post, "/v1/batches", Array(try VectorBatches.compressed()),
            ["Content-Type": SealedBatch.mediaType, "Content-Encoding": "zstd"])
    }

    static func unsigned(
        _ method: HTTP.Method, _ target: String, _ body: [UInt8],
        _ fields: KeyValuePairs<String, String>
    ) -> Sent {
        var headers: Headers = ["Host": VectorKeys.authority]
        for (name, value) in fields { headers.add(name, value) }
        if !body.isEmpty { headers.add("Content-Digest", ContentDigest.field(for: body)) }
        return Sent(method: method, target: target, headers: headers, body: body)
    }

    static func signed(
        _ method: HTTP.Method, _ target: String, _ body: [UInt8],
        _ fields: KeyValuePairs<String, String>, with key: SigningKey = VectorKeys.collector,
        at created: Timestamp = VectorKeys.now
    ) -> Sent {
        sign(unsigned(method, target, body, fields), with: key, at: created)
    }

    static func sign(
        _ sent: Sent, with key: SigningKey = VectorKeys.collector,
        at created: Timestamp = VectorKeys.now, as profile: MessageSignatureProfile = profile
    ) -> Sent {
        var sent = sent
        profile.sign(&sent.headers, of: sent.signable, with: key, at: created)
        return sent
    }

    static func exchange(
        _ name: String, _ sent: Sent, _ response: Response
    ) throws -> ExchangeVector {
        var response = response
        profile.sign(
            &response, to: sent.signable, with: VectorKeys.aggregator, at: VectorKeys.now)
        return ExchangeVector(
            name: name, request: try vector(sent), answer: try vector(response, to: sent))
    }

    static func vector(_ sent: Sent) throws -> RequestVector {
        RequestVector(
            method: sent.method.name, authority: VectorKeys.authority, target: sent.target,
            headers: sent.headers.vector, bodyBase64: Data(sent.body).base64EncodedString(),
            signatureBase: try base(sent.headers, .request(sent.signable)))
    }

    static func vector(_ response: Response, to sent: Sent) throws -> AnswerVector {
        let subject = SignatureSubject.answer(
            status: response.status, headers: response.headers, to: sent.signable)
        return AnswerVector(
            status: response.status, headers: response.headers.vector,
            bodyBase64: Data(response.body).base64EncodedString(),
            signatureBase: try base(response.headers, subject))
    }

    /// The signature base, nil where there is no signature that can be read.
    private static func base(_ headers: Headers, _ subject: SignatureSubject) throws -> String? {
        guard let signature = try? MessageSignature(label: profile.label, of: headers),
            let base = try? signature.base(over: subject)
        else { return nil }
        return String(decoding: base, as: UTF8.self)
    }
}

extension Headers {
    var vector: [String: String] {
        Dictionary(all.map { ($0.name, $0.value) }, uniquingKeysWith: { "\($0), \($1)" })
    }

    init(_ vector: [String: String]) {
        self.init()
        for (name, value) in vector { add(name, value) }
    }
}

import ConveyProtocol
import Crypto
import Foundation
import HTTP
import Time

/// Makes the vectors of requests that an aggregator refuses before it opens the body, and of answers
/// that a collector must not believe. The keys are those of keys.json; the aggregator's clock stands
/// at 2026-03-01T12:00:00Z and its name is aggregator.example:8443.
enum VectorRefusals {
    private typealias Sent = VectorExchanges.Sent

    static func requests() throws -> [RefusedRequestVector] {
        try altered() + signedOtherwise()
    }

    /// A sound request, changed after it was signed.
    private static func altered() throws -> [RefusedRequestVector] {
        let batch = try VectorExchanges.batchRequest()
        func changed(
            _ name: String, _ problem: ProtocolProblem, _ change: (inout Sent) -> Void
        ) throws -> RefusedRequestVector {
            var sent = batch
            change(&sent)
            return try vector(name, sent, problem)
        }
        return [
            try changed("another media type", .mediaType) {
                $0.headers.set("Content-Type", "text/plain")
            },
            try changed("an unknown coding", .encoding) {
                $0.headers.set("Content-Encoding", "br")
            },
            try changed("no digest", .signatureCoverage) { $0.headers.remove("Content-Digest") },
            try changed("no signature", .signatureMissing) {
                $0.headers.remove("Signature")
                $0.headers.remove("Signature-Input")
            },
            try changed("a covered field is gone", .signatureCoverage) {
                $0.headers.remove("Content-Encoding")
            },
            try changed("another query", .signatureCoverage) { $0.target += "?a" },
            try changed("another path", .signatureInvalid) { $0.target += "/" },
            try changed("another name", .authorityUnknown) {
                $0.headers.set("Host", "other.example")
            },
            try changed("another body", .digestMismatch) { $0.body[0] ^= 1 },
            try changed("another digest", .signatureInvalid) {
                $0.headers.set("Content-Digest", ContentDigest.field(for: [1]))
            },
        ]
    }

    /// Requests that never were sound.
    private static func signedOtherwise() throws -> [RefusedRequestVector] {
        let fields: KeyValuePairs = [
            "Content-Type": SealedBatch.mediaType, "Content-Encoding": "zstd",
        ]
        let body = Array(try VectorBatches.compressed())
        let plain = VectorExchanges.unsigned(.post, "/v1/batches", body, fields)
        let sound = VectorExchanges.sign(plain)
        var swapped = sound
        let input = (sound.headers["Signature-Input"] ?? "").replacing(
            #""@method" "@authority""#, with: #""@authority" "@method""#)
        swapped.headers.set("Signature-Input", input)
        let other = MessageSignatureProfile(label: SignatureRule.label, tag: "another-1")
        return [
            try vector(
                "an unknown key", VectorExchanges.sign(plain, with: VectorKeys.stranger),
                .keyUnknown),
            try vector(
                "a revoked key", VectorExchanges.sign(plain, with: VectorKeys.revoked),
                .keyRevoked),
            try vector(
                "301 seconds late",
                VectorExchanges.sign(plain, at: VectorKeys.now - .seconds(301)), .signatureTime),
            try vector(
                "301 seconds early",
                VectorExchanges.sign(plain, at: VectorKeys.now + .seconds(301)), .signatureTime),
            try vector("covered in another order", swapped, .signatureCoverage),
            try vector(
                "signed for another application", VectorExchanges.sign(plain, as: other),
                .signatureCoverage),
        ]
    }

    private static func vector(
        _ name: String, _ sent: Sent, _ problem: ProtocolProblem
    ) throws -> RefusedRequestVector {
        var request = try VectorExchanges.vector(sent)
        request.signatureBase = nil
        return RefusedRequestVector(
            name: name, request: request, problem: problem.kind.type, status: problem.status)
    }

    static func answers() throws -> [ExchangeVector] {
        let sound = try VectorExchanges.all()[0]
        let other = try VectorExchanges.all()[1]
        func changed(_ name: String, _ change: (inout ExchangeVector) -> Void) -> ExchangeVector {
            var exchange = sound
            exchange.name = name
            change(&exchange)
            exchange.answer.signatureBase = nil
            exchange.request.signatureBase = nil
            return exchange
        }
        return [
            changed("another status") { $0.answer.status = 503 },
            changed("another body") {
                $0.answer.bodyBase64 = Data(#"{"portal":"sign in"}"#.utf8).base64EncodedString()
            },
            changed("no signature, as a portal answers") {
                $0.answer.headers["Signature"] = nil
                $0.answer.headers["Signature-Input"] = nil
            },
            changed("the answer to another request") { $0.answer = other.answer },
            changed("signed by a collector's key") {
                $0.answer.headers = $0.request.headers
            },
            changed("a content coding is not covered") {
                $0.answer.headers["Content-Digest"] = nil
            },
        ]
    }

    /// Receipts that do not add up, or lack something.
    static func receipts() throws -> [TextVector] {
        let text = String(decoding: try VectorExchanges.receipt().json, as: UTF8.self)
        return [
            ("an event too many", "\"accepted\":1,\"dup", "\"accepted\":2,\"dup"),
            ("a negative count", "\"duplicate\":0,\"rej", "\"duplicate\":-1,\"rej"),
            ("no chain", "\"chain\":", "\"chains\":"),
            ("a number that cannot be expected", "\"expected_seq\":3", "\"expected_seq\":0"),
            ("a time of another form", "12:00:00.000Z", "12:00:00+00:00"),
            ("cut short", "\"time\"", "\"ti"),
        ].map { TextVector(name: $0.0, body: text.replacing($0.1, with: $0.2)) }
    }
}

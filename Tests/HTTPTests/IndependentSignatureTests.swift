import Child
import Crypto
import Foundation
import HTTP
import TestSupport
import Testing
import Time

/// Goal: programs that are not ours agree with our signatures, both ways. Method: PyPI's
/// `http-message-signatures` checks what we signed, also altered, and signs what we check.
@Suite struct IndependentSignatureTests {
    let profile = MessageSignatureProfile(label: "convey", tag: "convey-1")
    let key = SigningKey(from: RandomBytes())
    let now = Timestamp(unixSeconds: 1_772_366_400)

    struct Message: Encodable {
        var method = "POST"
        var url = "https://aggregator.example:8443/v1/batches"
        var headers: [String: String] = [:]
        var body = ""
        var status: Int?
        var components: [String] = []
        var request: [Message]?
        var keyID = ""
        var created: Int64 = 1_772_366_400

        enum CodingKeys: String, CodingKey {
            case method, url, headers, body, status, components, request, created
            case keyID = "key_id"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(method, forKey: .method)
            try container.encode(url, forKey: .url)
            try container.encode(headers, forKey: .headers)
            try container.encode(body, forKey: .body)
            try container.encode(status, forKey: .status)
            try container.encode(components, forKey: .components)
            try container.encode(request?.first, forKey: .request)
            try container.encode(keyID, forKey: .keyID)
            try container.encode(created, forKey: .created)
        }
    }

    struct Work: Encodable {
        var secretKey: String
        var publicKey: String
        var check: [Message] = []
        var sign: [Message] = []

        enum CodingKeys: String, CodingKey {
            case check, sign
            case secretKey = "secret_key"
            case publicKey = "public_key"
        }
    }

    struct Result: Decodable {
        var accepted: [Bool]
        var signed: [[String: String]]
    }

    @Test func agreeWithAnotherImplementation() async throws {
        var work = Work(
            secretKey: Hex.encode(key.rawBytes), publicKey: Hex.encode(key.verifyingKey.rawBytes))
        let request = signedRequest()
        let answer = signedAnswer(to: request)
        work.check = [request, signedRequest(query: "?a=%20b"), answer]
        work.check.append(altered(request) { $0.url += "?more" })
        work.check.append(altered(request) { $0.method = "PUT" })
        work.check.append(altered(request) { $0.body += " " })
        work.check.append(altered(request) { $0.headers["Content-Type"] = "text/plain" })
        work.check.append(altered(answer) { $0.status = 503 })
        work.check.append(altered(answer) { $0.request?[0].method = "GET" })
        work.sign = [unsignedRequest(), unsignedAnswer(to: request)]

        let result = try await Self.ask(work)

        // A query that is not covered changes nothing that was signed: our profile refuses it.
        #expect(
            result.accepted == [true, true, true, true, false, false, false, false, false])
        try checkRequest(headers: result.signed[0])
        try checkAnswer(headers: result.signed[1], to: request)
    }

    // MARK: What we sign

    func unsignedRequest() -> Message {
        var message = Message(body: "{}\n")
        message.headers = [
            "Content-Type": "application/x-ndjson", "Content-Encoding": "zstd",
            "Content-Digest": ContentDigest.field(for: Array(message.body.utf8)),
        ]
        message.components = [
            "@method", "@authority", "@path", "content-type", "content-encoding", "content-digest",
        ]
        message.keyID = key.verifyingKey.fingerprint
        return message
    }

    func signedRequest(query: String = "") -> Message {
        var message = unsignedRequest()
        message.url += query
        if !query.isEmpty { message.components.append("@query") }
        var headers = Headers(message.headers)
        profile.sign(&headers, of: signable(message), with: key, at: now)
        message.headers = headers.dictionary
        return message
    }

    func unsignedAnswer(to request: Message) -> Message {
        var message = Message(body: "{\"accepted\":1}", status: 200, request: [request])
        message.headers = [
            "Content-Type": "application/json",
            "Content-Digest": ContentDigest.field(for: Array(message.body.utf8)),
        ]
        message.components = [
            "@status", "content-type", "content-digest", "\"@method\";req", "\"@path\";req",
            "\"content-digest\";req",
        ]
        message.keyID = key.verifyingKey.fingerprint
        return message
    }

    func signedAnswer(to request: Message) -> Message {
        var message = unsignedAnswer(to: request)
        var response = Response.json(200, Array(message.body.utf8))
        profile.sign(&response, to: signable(request), with: key, at: now)
        message.headers = response.headers.dictionary
        return message
    }

    func altered(_ message: Message, _ alter: (inout Message) -> Void) -> Message {
        var copy = message
        alter(&copy)
        return copy
    }

    func signable(_ message: Message) -> SignableRequest {
        SignableRequest(
            method: message.method, authority: "aggregator.example:8443",
            target: String(message.url.dropFirst("https://aggregator.example:8443".count)),
            headers: Headers(message.headers))
    }

    // MARK: What the other signs

    func checkRequest(headers: [String: String]) throws {
        let request = signable(altered(unsignedRequest()) { $0.headers = headers })
        // The other orders its parameters in its own way, which the RFC allows and we only check.
        let signature = try MessageSignature(label: "convey", of: request.headers)
        #expect(signature.keyID == key.verifyingKey.fingerprint)
        #expect(signature.created == 1_772_366_400)
        try signature.verify(over: .request(request), with: key.verifyingKey)
    }

    func checkAnswer(headers: [String: String], to request: Message) throws {
        let subject = SignatureSubject.answer(
            status: 200, headers: Headers(headers), to: signable(request))
        let signature = try MessageSignature(label: "convey", of: Headers(headers))
        try signature.verify(over: subject, with: key.verifyingKey)
        let other = SignatureSubject.answer(
            status: 201, headers: Headers(headers), to: signable(request))
        #expect(throws: SignatureRefusal.invalid) {
            try signature.verify(over: other, with: key.verifyingKey)
        }
    }

    // MARK: The other program

    static func ask(_ work: Work) async throws -> Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python = root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        let folder = try TemporaryDirectory()
        try JSONEncoder().encode(work).write(to: URL(filePath: folder.file("work.json")))
        let script = root.appending(path: "Tests/Independent/http_signatures.py").path
        let program = try Program.start(
            python, [script, folder.file("work.json"), folder.file("result.json")],
            log: folder.file("log"))
        let status = await program.ended()
        let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
        try #require(status == 0, "\(log)")
        return try JSONDecoder().decode(
            Result.self, from: Data(contentsOf: URL(filePath: folder.file("result.json"))))
    }
}

extension Headers {
    init(_ dictionary: [String: String]) {
        self.init()
        for (name, value) in dictionary { add(name, value) }
    }

    var dictionary: [String: String] {
        Dictionary(all.map { ($0.name, $0.value) }, uniquingKeysWith: { "\($0), \($1)" })
    }
}

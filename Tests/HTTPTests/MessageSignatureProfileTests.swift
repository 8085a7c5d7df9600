import Crypto
import HTTP
import Testing
import Time

/// Goal: only what the other side signed, for this very exchange, is accepted. Method: sign, alter
/// one thing, check.
@Suite struct MessageSignatureProfileTests {
    let profile = MessageSignatureProfile(label: "convey", tag: "convey-1")
    let collector = SigningKey(from: RandomBytes())
    let aggregator = SigningKey(from: RandomBytes())
    let now = Timestamp(unixSeconds: 1_772_366_400)
    let body = Array("{}\n".utf8)

    func request(
        target: String = "/v1/batches", body: String = "{}\n",
        alter: (inout Headers) -> Void = { _ in }
    ) -> SignableRequest {
        var headers: Headers = [
            "Content-Type": "application/x-ndjson", "Content-Encoding": "zstd",
            "Content-Digest": ContentDigest.field(for: Array(body.utf8)),
        ]
        let bare = SignableRequest(
            method: "POST", authority: "Aggregator.example:8443", target: target, headers: headers)
        profile.sign(&headers, of: bare, with: collector, at: now)
        alter(&headers)
        return SignableRequest(
            method: "POST", authority: "aggregator.example:8443", target: target, headers: headers)
    }

    func accepts(_ request: SignableRequest) -> SignatureRefusal? {
        do throws(SignatureRefusal) {
            try profile.read(request).verify(
                over: .request(request), with: collector.verifyingKey)
            return nil
        } catch {
            return error
        }
    }

    @Test func writesTheParametersInTheOrderOfTheSpecification() throws {
        let input = try #require(request().headers["Signature-Input"])
        #expect(
            input == "convey=(\"@method\" \"@authority\" \"@path\" \"content-type\" "
                + "\"content-encoding\" \"content-digest\");created=1772366400;"
                + "keyid=\"\(collector.verifyingKey.fingerprint)\";alg=\"ed25519\";tag=\"convey-1\""
        )
    }

    @Test func acceptsWhatWasSigned() {
        #expect(accepts(request()) == nil)
        #expect(accepts(request(target: "/v1/batches?a=b")) == nil)
        let second = request { $0.add("Signature-Input", "other=(\"date\");created=1") }
        #expect(accepts(second) == nil)
    }

    @Test func refusesAlteredRequests() {
        let digest = ContentDigest.field(for: [1])
        #expect(accepts(request { $0.set("Content-Digest", digest) }) == .invalid)
        #expect(accepts(request { $0.set("Content-Type", "text/plain") }) == .invalid)
        #expect(accepts(request { $0.remove("Content-Encoding") }) == .coverage)
        #expect(accepts(request { $0.add("Content-Type", "text/plain") }) == .coverage)
        #expect(accepts(request { $0.remove("Signature") }) == .missing)
        #expect(accepts(request { $0.remove("Signature-Input") }) == .missing)
        #expect(accepts(request { $0.set("Signature", "convey=1") }) == .malformed)
        #expect(accepts(request { $0.set("Signature", "convey=:AA") }) == .malformed)
        #expect(accepts(request { $0.set("Signature", "convey=:AA==:") }) == .invalid)
        let moved = SignableRequest(
            method: "POST", authority: "aggregator.example:8443", target: "/v1/other",
            headers: request().headers)
        #expect(accepts(moved) == .invalid)
        let queried = SignableRequest(
            method: "POST", authority: "aggregator.example:8443", target: "/v1/batches?x",
            headers: request().headers)
        #expect(accepts(queried) == .coverage)
        let elsewhere = SignableRequest(
            method: "POST", authority: "evil.example", target: "/v1/batches",
            headers: request().headers)
        #expect(accepts(elsewhere) == .invalid)
    }

    @Test(arguments: [
        ("tag=\"convey-1\"", "tag=\"convey-2\"", SignatureRefusal.parameters),
        (";alg=\"ed25519\"", "", .parameters),
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\"", .parameters),
        ("created=1772366400", "created=\"1772366400\"", .parameters),
        ("created=1772366400", "created=1772366401", .invalid),
        ("\"@path\"", "\"@path\" \"@path\"", .malformed),
        ("\"@path\"", "\"@path\";req", .coverage),
        ("\"@path\"", "\"@path\";bs", .malformed),
        ("\"@path\"", "\"@target-uri\"", .malformed),
        ("\"@path\"", "\"@Path\"", .malformed),
        ("\"@method\" \"@authority\"", "\"@authority\" \"@method\"", .coverage),
        ("created=1772366400", "created=1772366400;created=1772366400", .malformed),
    ])
    func refusesOtherSignatureInputs(old: String, new: String, refusal: SignatureRefusal) {
        let altered = request { headers in
            let input = headers["Signature-Input"] ?? ""
            headers.set("Signature-Input", input.replacing(old, with: new))
        }
        #expect(accepts(altered) == refusal)
    }

    @Test func readsTheAuthorityFromHost() {
        let secure = Request(
            .get, "/a?b", headers: ["Host": "Shop.example:443"],
            by: Request.Arrival(isTLS: true))
        #expect(SignableRequest(secure).authority == "shop.example")
        let plain = Request(.get, "/a?b", headers: ["Host": "shop.example:443"])
        #expect(SignableRequest(plain).authority == "shop.example:443")
        #expect(SignableRequest(plain).query == "b")
    }

    // MARK: Answers

    func answer(_ status: Int = 200, _ body: String = "{}", to request: SignableRequest) -> Response
    {
        var response = Response.json(status, Array(body.utf8))
        profile.sign(&response, to: request, with: aggregator, at: now)
        return response
    }

    func accepts(_ response: Response, to request: SignableRequest) -> SignatureRefusal? {
        do throws(SignatureRefusal) {
            try profile.verify(response, to: request, with: aggregator.verifyingKey)
            return nil
        } catch {
            return error
        }
    }

    @Test func acceptsAnswersOfThePinnedKey() {
        let request = request()
        #expect(accepts(answer(to: request), to: request) == nil)
        #expect(accepts(answer(503, to: request), to: request) == nil)
        var unchanged = Response(304)
        profile.sign(&unchanged, to: request, with: aggregator, at: now)
        #expect(accepts(unchanged, to: request) == nil)
        #expect(unchanged.headers["Content-Digest"] == nil)
    }

    @Test func refusesAlteredAnswers() throws {
        let request = request()
        var response = answer(to: request)
        response.body = Array("{ }".utf8)
        #expect(accepts(response, to: request) == .invalid)
        response = answer(to: request)
        response.body = []
        #expect(accepts(response, to: request) == .coverage)
        response = answer(to: request)
        response.status = 503
        #expect(accepts(response, to: request) == .invalid)
        #expect(accepts(Response.json(200, body), to: request) == .missing)
        response = answer(to: request)
        response.body = Array("{ }".utf8)
        response.headers.set("Content-Digest", ContentDigest.field(for: response.body))
        #expect(accepts(response, to: request) == .invalid)
    }

    @Test func refusesAnswersToAnotherRequestOrOfAnotherKey() {
        let first = request(body: "{\"a\":1}\n")
        let second = request(body: "{\"a\":2}\n")
        #expect(accepts(answer(to: first), to: second) == .invalid)
        #expect(accepts(answer(to: first), to: request(target: "/v1/other")) == .invalid)
        var response = Response.json(200, body)
        profile.sign(&response, to: first, with: collector, at: now)
        let other = collector.verifyingKey.fingerprint
        #expect(accepts(response, to: first) == .otherKey(fingerprint: other))
    }

    @Test func refusesARequestsOwnSignatureAsItsAnswer() {
        let request = request()
        let reflected = Response(200, headers: request.headers, body: body)
        #expect(accepts(reflected, to: request) == .coverage)
    }
}

package import ConveyProtocol
package import Crypto
package import HTTP
package import Time

/// The door for collectors: checks who signed a request and that it came whole, and signs the
/// answer, whatever it is.
/// - Source: protocol/SPEC.md, sections 5 and 7.
package struct Gate: Sendable {
    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    private let keyring: AggregatorKeyring
    private let authorities: Set<String>
    private let clock: any WallClock

    /// - Parameters:
    ///   - key: the aggregator's own, which collectors have pinned.
    ///   - authorities: the names under which collectors reach this aggregator, `host` or `host:port`
    ///     as in a URL without its scheme's default port; compared in lower case.
    package init(key: SigningKey, authorities: [String], clock: any WallClock) {
        self.init(AggregatorKeyring(key), authorities: authorities, clock: clock)
    }

    /// The same with a key that may change while the aggregator runs.
    package init(_ keyring: AggregatorKeyring, authorities: [String], clock: any WallClock) {
        self.keyring = keyring
        self.authorities = Set(authorities.map { $0.lowercased() })
        self.clock = clock
    }

    /// The public half of the aggregator's key, and the statements that lead to it.
    package var keys: AggregatorKeys { keyring.keys }

    /// The public half of the aggregator's key.
    package var verifyingKey: VerifyingKey { keys.key }

    /// The aggregator's clock now, as answers state it.
    package func now() -> Timestamp { clock.now() }

    /// What a request may bring.
    package enum Body: Sendable, Equatable {
        /// No body, no content type and no content coding.
        case none
        /// A body of this media type, under one of these content codings or none.
        case required(mediaType: String, codings: [ContentCoding])
    }

    /// Lets a known collector's request in: the checks of section 7, in its order, up to the digest
    /// of the body.
    package func admit(
        _ request: Request, _ body: Body, by directory: any CollectorDirectory
    ) async throws(ProtocolProblem) -> KnownCollector {
        let signature = try read(request, body)
        let found: KnownCollector?
        do {
            found = try await directory.collector(ofKey: signature.keyID ?? "")
        } catch {
            throw .unavailable(retryAfter: .seconds(5))
        }
        guard let found else { throw .keyUnknown }
        try verify(signature, of: request, with: found.key)
        guard found.isTaken(at: clock.now()) else { throw .keyRevoked }
        try checkTimeAndDigest(signature, of: request)
        return found
    }

    /// Checks a request that is signed with a key it brings itself: an enrolment.
    package func admit(
        _ request: Request, _ body: Body, signedWith key: VerifyingKey
    ) throws(ProtocolProblem) {
        let signature = try read(request, body)
        guard signature.keyID == key.fingerprint else { throw .keyUnknown }
        try verify(signature, of: request, with: key)
        try checkTimeAndDigest(signature, of: request)
    }

    // MARK: Checks

    private func read(
        _ request: Request, _ body: Body
    ) throws(ProtocolProblem) -> MessageSignature {
        try Self.checkForm(of: request, body)
        let signature: MessageSignature
        do throws(SignatureRefusal) {
            signature = try Self.profile.read(SignableRequest(request))
        } catch {
            throw Self.problem(error)
        }
        guard authorities.contains(SignableRequest(request).authority) else {
            throw .authorityUnknown
        }
        return signature
    }

    private static func checkForm(of request: Request, _ body: Body) throws(ProtocolProblem) {
        switch body {
        case .none:
            guard request.body.isEmpty else { throw .mediaType }
        case .required(let mediaType, let codings):
            guard request.headers.equals("Content-Type", mediaType) else { throw .mediaType }
            if let coding = request.headers["Content-Encoding"] {
                guard codings.contains(where: { $0.rawValue == coding }) else { throw .encoding }
            }
            guard request.headers.occurrences(of: "Content-Digest") == 1 else {
                throw .signatureCoverage
            }
        }
    }

    private func verify(
        _ signature: MessageSignature, of request: Request, with key: VerifyingKey
    ) throws(ProtocolProblem) {
        do throws(SignatureRefusal) {
            try signature.verify(over: .request(SignableRequest(request)), with: key)
        } catch {
            throw Self.problem(error)
        }
    }

    private func checkTimeAndDigest(
        _ signature: MessageSignature, of request: Request
    ) throws(ProtocolProblem) {
        let seconds = clock.now().unixSeconds
        let (distance, isTooFar) = (signature.created ?? 0).subtractingReportingOverflow(seconds)
        guard !isTooFar, distance.magnitude <= UInt64(SignatureRule.secondsMax) else {
            throw .signatureTime
        }
        guard !request.body.isEmpty else { return }
        do throws(ContentDigestRefusal) {
            try ContentDigest.check(request.body, request.headers)
        } catch {
            throw .digestMismatch
        }
    }

    private static func problem(_ refusal: SignatureRefusal) -> ProtocolProblem {
        switch refusal {
        case .missing: .signatureMissing
        case .malformed, .coverage, .parameters, .componentAbsent, .otherKey: .signatureCoverage
        case .invalid: .signatureInvalid
        }
    }
}

// MARK: Answers

extension Gate {
    /// Signs an answer to a request; one with a body gets its digest, and brings its content type.
    package func answer(_ response: Response, to request: Request) -> Response {
        var signed = response
        Self.profile.sign(&signed, to: SignableRequest(request), with: keyring.key, at: clock.now())
        return signed
    }

    /// Says what is wrong, signed.
    package func answer(_ problem: ProtocolProblem, to request: Request) -> Response {
        let body = ProblemBody(problem, requestID: request.id.description, time: clock.now())
        var response = Response(
            problem.status, headers: ["Content-Type": "application/problem+json"], body: body.json)
        if let wait = problem.retryAfter {
            response.headers.set("Retry-After", String(wait.components.seconds))
        }
        return answer(response, to: request)
    }
}

extension ProtocolProblem {
    fileprivate var retryAfter: Duration? {
        switch self {
        case .slowDown(let wait), .unavailable(let wait): wait
        default: nil
        }
    }
}

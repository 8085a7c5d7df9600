import ConveyProtocol
import Crypto
import Gate
import HTTP
import Synchronization
import TestSupport
import Time

/// Enrols collectors and serves settings from memory, behind the real gate.
final class FakeAggregator: Transport, CollectorDirectory {
    static let authority = "aggregator.example"
    static let origin = Origin("https://aggregator.example")!
    static let collector = CollectorID("0192f0c1-2a00-7abc-8def-00000000c011")!
    static let organization = OrganizationID("0192f0c1-2a00-7abc-8def-0000000000ff")!

    let key: SigningKey
    /// What answers are signed with now.
    let keyring: AggregatorKeyring
    let token: EnrolmentToken
    private let clock: any WallClock
    private let state = Mutex(State())

    struct State {
        var requests: [ClientRequest] = []
        var enrolled: VerifyingKey?
        /// The key before it, while it is taken, too.
        var former: VerifyingKey?
        var version: Int64 = 1
        var tokenHolds = true
        var pem: String?
        /// Answers 304 to every request that names a version.
        var isStubborn = false
        /// Alters answers on their way; may throw instead.
        var between: (@Sendable (Response) throws(HTTPFault) -> Response)?
    }

    init(_ clock: any WallClock) {
        self.clock = clock
        key = SigningKey(from: RandomBytes())
        keyring = AggregatorKeyring(key)
        token = EnrolmentToken(aggregator: key.verifyingKey, random: RandomBytes())
    }

    private init(_ other: FakeAggregator) {
        (clock, key, keyring) = (other.clock, other.key, other.keyring)
        token = EnrolmentToken(aggregator: key.verifyingKey, random: RandomBytes())
    }

    /// The same aggregator after a revocation, with another token.
    static func renewed(_ other: FakeAggregator) -> FakeAggregator { FakeAggregator(other) }

    func change<Value>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }
    var seen: State { state.withLock { $0 } }

    static func settings(_ version: Int64) -> SiteSettings {
        var settings = SiteSettings(
            version: version, collector: collector, organization: organization,
            issuedAt: Timestamp(unixSeconds: 1_767_225_600))
        var site = SiteSettings.Site(
            id: SiteID("0192f0c1-2a00-7abc-8def-0000000000aa")!, name: "acme.myshopify.com",
            platform: .shopify, currency: Currency("EUR")!, timeZone: "Europe/Paris")
        site.siteKeys = ["site_visible\(version)"]
        settings.sites = [site]
        return settings
    }

    func send(_ sent: ClientRequest) async throws(HTTPFault) -> Response {
        let between = change { state in
            state.requests.append(sent)
            return state.between
        }
        var headers = sent.headers
        headers.add("Host", sent.origin.authority)
        let response = await answer(
            Request(
                sent.method, sent.target, headers: headers, body: sent.body,
                by: Request.Arrival(isTLS: true)))
        return try between?(response) ?? response
    }

    func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        let keys = [seen.enrolled, seen.former].compactMap(\.self)
        guard let key = keys.first(where: { $0.fingerprint == fingerprint }) else { return nil }
        return KnownCollector(
            identity: .init(number: 1, id: Self.collector, organization: 1), key: key,
            isRevoked: false, settings: seen.version, sites: [:])
    }

    /// States a new key under the one in force, and signs with it from now on.
    @discardableResult func rotate() throws -> SigningKey {
        let next = SigningKey(from: RandomBytes())
        let statement = KeyStatement(
            next.verifyingKey, follows: keyring.key, at: Timestamp(unixSeconds: 1_767_225_600))
        guard let history = keyring.keys.history.adding(statement) else { throw HTTPFault(.reset) }
        keyring.use(next, history: history)
        return next
    }

    private func answer(_ request: Request) async -> Response {
        if request.path == AggregatorKeys.path { return .json(200, keyring.keys.json) }
        let gate = Gate(keyring, authorities: [Self.authority], clock: clock)
        do throws(ProtocolProblem) {
            let response =
                switch request.path {
                case EnrolmentRequest.path: try enrol(request, gate)
                case KeyRotationRequest.path: try await rotate(request, gate)
                default: try await serve(request, gate)
                }
            return gate.answer(response, to: request)
        } catch {
            return gate.answer(error, to: request)
        }
    }

    private func enrol(_ request: Request, _ gate: Gate) throws(ProtocolProblem) -> Response {
        let asked = try EnrolmentRequest(json: request.body)
        try gate.admit(
            request, .required(mediaType: EnrolmentRequest.mediaType, codings: []),
            signedWith: asked.signingKey)
        let isFree = seen.enrolled == nil || seen.enrolled == asked.signingKey
        guard seen.tokenHolds, isFree, asked.tokenID == token.verifier.tokenID,
            asked.isProved(by: token.verifier)
        else { throw .tokenInvalid }
        change { $0.enrolled = asked.signingKey }
        let answer = EnrolmentAnswer(
            collector: Self.collector, aggregatorKey: key.verifyingKey, authority: seen.pem,
            settings: seen.version, time: clock.now())
        return .json(200, answer.json)
    }

    private func rotate(
        _ request: Request, _ gate: Gate
    ) async throws(ProtocolProblem) -> Response {
        let signer = try await gate.admit(
            request, .required(mediaType: KeyRotationRequest.mediaType, codings: []), by: self)
        let asked = try KeyRotationRequest(json: request.body)
        guard asked.isProved(after: .init(Self.collector, key: signer.key)) else {
            throw .malformed(pointer: "/proof", code: "invalid_value")
        }
        change { state in
            guard state.enrolled != asked.signingKey else { return }
            (state.former, state.enrolled) = (state.enrolled, asked.signingKey)
            state.version += 1
        }
        let answer = KeyRotationAnswer(
            formerUntil: clock.now() + .seconds(3600), settings: seen.version, time: clock.now())
        return .json(200, answer.json)
    }

    private func serve(_ request: Request, _ gate: Gate) async throws(ProtocolProblem) -> Response {
        _ = try await gate.admit(request, .none, by: self)
        let settings = Self.settings(seen.version)
        let known = request.headers["If-None-Match"]
        if known == settings.entityTag || known != nil && seen.isStubborn { return Response(304) }
        return Response.json(200, settings.json()).with("ETag", settings.entityTag)
    }
}

package import Crypto
internal import Daemon
package import Time

/// Carries requests to servers: `Client`, or what stands in for it in a test.
package protocol Transport: Sendable {
    /// Sends a request and waits for its whole answer, whatever its status.
    func send(_ request: ClientRequest) async throws(HTTPFault) -> Response
}

extension Client: Transport {}

/// Why an exchange brought no answer of the other side.
package enum ExchangeFault: Error, Equatable {
    /// No answer at all.
    case noAnswer(HTTPFault)
    /// Somebody answered, but not the holder of the pinned key, or not to this request.
    case unsigned(status: Int, SignatureRefusal)
}

extension ExchangeFault: Fault {
    /// What was being done.
    package var operation: String { "reach the server" }

    /// What went wrong.
    package var cause: String {
        switch self {
        case .noAnswer(let fault): fault.cause
        case .unsigned(let status, .missing): "an answer \(status) came without its signature"
        case .unsigned(let status, .otherKey):
            "an answer \(status) came with the signature of a key that is not trusted"
        case .unsigned(let status, _):
            "an answer \(status) came with a signature that does not hold"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch self {
        case .noAnswer(let fault): fault.remedy
        case .unsigned(_, .otherKey):
            "A portal, proxy or firewall answered in its place; or the other side's keys were lost: "
                + "then trust the new one by its fingerprint."
        case .unsigned:
            "A portal, proxy or firewall answered in its place, or altered the answer: "
                + "check what stands between, and the configured URL."
        }
    }

    /// Always: what stands between may go away.
    package var canRetry: Bool { true }
}

/// Which key answers must be signed with, and where another one may come from.
package protocol AnswerTrust: Sendable {
    /// The key that counts now.
    var pinned: VerifyingKey { get }
    /// Asked when an answer names another key; the answer itself is not believed yet.
    /// - Returns: that key, where the pinned one vouches for it; nil leaves the answer unbelieved.
    func successor(named fingerprint: String) async -> VerifyingKey?
    /// Told that an answer was signed with a key that `successor` returned.
    func adopt(_ key: VerifyingKey) async
}

/// Trusts one key and never another.
private struct FixedTrust: AnswerTrust {
    let pinned: VerifyingKey
    func successor(named fingerprint: String) async -> VerifyingKey? { nil }
    func adopt(_ key: VerifyingKey) async {}
}

/// Sends requests signed with our key, and believes only answers signed with the pinned one.
///
/// Whatever else answers, with whatever status, counts as a failure of the network.
/// - Source: protocol/SPEC.md, sections 1 and 5.
package struct SignedExchange: Sendable {
    /// Where requests go.
    package let origin: Origin
    private let transport: any Transport
    private let profile: MessageSignatureProfile
    private let key: SigningKey
    private let trust: any AnswerTrust
    private let random: any RandomSource

    /// - Parameters:
    ///   - key: ours.
    ///   - pinned: the other side's.
    ///   - random: names the trace that each request begins.
    package init(
        to origin: Origin, over transport: any Transport, by profile: MessageSignatureProfile,
        key: SigningKey, pinned: VerifyingKey, random: any RandomSource = RandomBytes()
    ) {
        self.init(
            to: origin, over: transport, by: profile, key: key, trust: FixedTrust(pinned: pinned),
            random: random)
    }

    /// The same where the other side's key may be followed by another.
    package init(
        to origin: Origin, over transport: any Transport, by profile: MessageSignatureProfile,
        key: SigningKey, trust: any AnswerTrust, random: any RandomSource = RandomBytes()
    ) {
        self.origin = origin
        self.transport = transport
        self.profile = profile
        self.key = key
        self.trust = trust
        self.random = random
    }

    /// What is sent: the origin and the signature's fields are added here.
    package struct Message: Sendable {
        /// Signed, like the target.
        package let method: Method
        /// Path and query.
        package let target: String
        /// Content-Digest is among them where there is a body.
        package var headers: Headers
        /// Sent as it is.
        package let body: [UInt8]

        /// - Parameter digest: of the body, where it is known already; nil computes it.
        package init(
            _ method: Method, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
            digest: SHA256Digest? = nil
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
            guard !body.isEmpty else { return }
            self.headers.set(
                "Content-Digest", ContentDigest.field(digest ?? SHA256Digest(of: body)))
        }
    }

    /// Sends a message and returns the other side's own answer, whatever its status. Each message
    /// begins a trace of its own, unless it belongs to one: both sides' lines can be laid together.
    /// - Parameter created: by the other side's clock, as far as we know it.
    package func send(
        _ message: Message, at created: Timestamp
    ) async throws(ExchangeFault) -> Response {
        let request = signed(message, at: created)
        let response: Response
        do throws(HTTPFault) {
            response = try await transport.send(request)
        } catch {
            throw .noAnswer(error)
        }
        try await believe(response, to: request.signable)
        return response
    }

    private func believe(
        _ response: Response, to request: SignableRequest
    ) async throws(ExchangeFault) {
        do throws(SignatureRefusal) {
            do throws(SignatureRefusal) {
                try profile.verify(response, to: request, with: trust.pinned)
            } catch .otherKey(let fingerprint) {
                guard let successor = await trust.successor(named: fingerprint) else {
                    throw .otherKey(fingerprint: fingerprint)
                }
                try profile.verify(response, to: request, with: successor)
                await trust.adopt(successor)
            }
        } catch {
            throw .unsigned(status: response.status, error)
        }
    }

    private func signed(_ message: Message, at created: Timestamp) -> ClientRequest {
        var request = ClientRequest(
            message.method, origin, message.target, headers: message.headers, body: message.body)
        if request.headers.occurrences(of: "traceparent") == 0 {
            request.headers.add("traceparent", TraceContext(random: random).field)
        }
        profile.sign(&request.headers, of: request.signable, with: key, at: created)
        return request
    }
}

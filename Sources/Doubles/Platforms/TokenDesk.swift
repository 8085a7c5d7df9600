internal import Crypto
internal import HTTP
internal import JSON
internal import Time

/// Who may ask the double for access tokens.
package struct DoubleCredentials: Sendable {
    /// Of the OAuth client.
    package var clientID = "convey-double"
    /// Of the OAuth client.
    package var clientSecret = "double-client-secret"
    /// The one refresh token that is taken.
    package var refreshToken = "double-refresh-token"
    /// The service account's name; nil when there is none.
    package var serviceAccount: String?
    /// Its public key in PEM form.
    package var serviceAccountKeyPEM: String?

    /// By default: a refresh token that is no secret.
    package init() {}

    /// The file that `destinations credential` takes, for the refresh token.
    package var file: String {
        #"{"type":"authorized_user","client_id":"\#(clientID)","client_secret":"\#(clientSecret)","#
            + #""refresh_token":"\#(refreshToken)"}"# + "\n"
    }
}

/// Hands out access tokens, and knows them again: a token tells by itself when it ends and is sealed
/// with a code, so that the double need not remember any.
struct TokenDesk: Sendable {
    static let scope = "https://www.googleapis.com/auth/datamanager"
    private static let lifeMax: Int64 = 3600

    let credentials: DoubleCredentials
    private let accountKey: RSAVerifyingKey?
    /// The same in every double: their tokens open nothing but doubles.
    private let key = Array("convey-doubles".utf8)

    /// - Throws: when the service account's key cannot be read.
    init(_ credentials: DoubleCredentials) throws(KeyRefusal) {
        self.credentials = credentials
        accountKey =
            if let pem = credentials.serviceAccountKeyPEM {
                try RSAVerifyingKey(pem: pem)
            } else {
                nil
            }
    }

    /// Answers the token endpoint.
    func answer(_ request: Request, _ behaviour: DoubleBehaviour, at now: Timestamp) -> Response {
        guard request.headers.hasMediaType("application/x-www-form-urlencoded") else {
            return Self.refusal(400, "invalid_request")
        }
        let form = Query(String(decoding: request.body, as: UTF8.self))
        switch form["grant_type"] {
        case "refresh_token":
            guard form["client_id"] == credentials.clientID,
                form["client_secret"] == credentials.clientSecret
            else { return Self.refusal(401, "invalid_client") }
            guard form["refresh_token"] == credentials.refreshToken, behaviour.credentialsValid
            else { return Self.refusal(400, "invalid_grant") }
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            guard let assertion = form["assertion"], isValid(assertion, at: now),
                behaviour.credentialsValid
            else { return Self.refusal(400, "invalid_grant") }
        default: return Self.refusal(400, "unsupported_grant_type")
        }
        return grant(behaviour, at: now)
    }

    /// Whether a request bears a token that still opens the door.
    func admits(_ request: Request, _ behaviour: DoubleBehaviour, at now: Timestamp) -> Bool {
        guard behaviour.credentialsValid, let field = request.headers["authorization"],
            field.hasPrefix("Bearer ")
        else { return false }
        let parts = field.dropFirst(7).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let generation = Int(parts[1]), let end = Int64(parts[2])
        else { return false }
        return generation >= behaviour.tokenGeneration && end > now.unixSeconds
            && String(parts[3]) == code(generation: generation, end: end)
    }

    static func refusal(_ status: Int, _ code: StaticString) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.key("error")
            json.string(code)
            json.key("error_description")
            json.string("Refused by the double.")
        }
        return .json(status, json.bytes)
    }

    private func grant(_ behaviour: DoubleBehaviour, at now: Timestamp) -> Response {
        let end = now.unixSeconds + Int64(behaviour.tokenLifeS)
        let generation = behaviour.tokenGeneration
        var json = JSONWriter()
        json.object { json in
            json.key("access_token")
            json.string("double.\(generation).\(end).\(code(generation: generation, end: end))")
            json.key("expires_in")
            json.integer(Int64(behaviour.tokenLifeS))
            json.key("scope")
            json.string(Self.scope)
            json.key("token_type")
            json.string("Bearer")
        }
        return .json(200, json.bytes)
    }

    private func code(generation: Int, end: Int64) -> String {
        Hex.encode(HMAC.sha256(Array("\(generation).\(end)".utf8), key: key).bytes)
    }

    /// RFC 7523, section 3: issuer, audience, scope, times and signature.
    private func isValid(_ assertion: String, at now: Timestamp) -> Bool {
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let accountKey, let account = credentials.serviceAccount,
            let signature = Base64.decode(String(parts[2]), alphabet: .url),
            accountKey.isValid(signature, for: Array("\(parts[0]).\(parts[1])".utf8)),
            Self.text("alg", in: parts[0]) == "RS256", Self.text("iss", in: parts[1]) == account,
            Self.text("scope", in: parts[1])?.split(separator: " ").contains(Self.scope[...])
                == true,
            Self.text("aud", in: parts[1])?.hasSuffix("/token") == true,
            let issued = Self.number("iat", in: parts[1]),
            let end = Self.number("exp", in: parts[1])
        else { return false }
        return (1...Self.lifeMax).contains(end - issued) && end > now.unixSeconds
            && issued <= now.unixSeconds + 300
    }

    private static func text(_ name: String, in part: Substring) -> String? {
        member(name, in: part) { $0?.string }
    }

    private static func number(_ name: String, in part: Substring) -> Int64? {
        member(name, in: part) { $0?.int64 }
    }

    private static func member<Value>(
        _ name: String, in part: Substring, _ make: (JSONElement?) -> Value?
    ) -> Value? {
        guard let bytes = Base64.decode(String(part), alphabet: .url) else { return nil }
        var parser = JSONParser(bytesMax: 65_536)
        do throws(JSONError) {
            return try parser.parse(bytes) { root in make(root[name]) }
        } catch {
            return nil
        }
    }
}

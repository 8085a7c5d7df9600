internal import Crypto
internal import Daemon
internal import HTTP
internal import JSON
internal import Time

/// The form that asks Google's token endpoint for an access token. Pure.
/// - Source: RFC 6749, section 6; RFC 7523, section 2.1; RFC 7515, section 7.1.
enum TokenRequest {
    /// What every token of ours may be used for.
    static let scope = "https://www.googleapis.com/auth/datamanager"
    /// How long a service account's signed request is good for: the most that Google takes.
    private static let assertionLife: Duration = .seconds(3600)

    /// The body, as `application/x-www-form-urlencoded`.
    static func body(for grant: GoogleCredential.Grant, at now: Timestamp) -> [UInt8] {
        switch grant {
        case .refreshToken(let clientID, let clientSecret, let token):
            form([
                ("grant_type", "refresh_token"), ("client_id", clientID),
                ("client_secret", clientSecret.revealed), ("refresh_token", token.revealed),
            ])
        case .serviceAccount(let email, let keyID, let key, let audience):
            form([
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                (
                    "assertion",
                    assertion(Claims(issuer: email, audience: audience, keyID: keyID), key, now)
                ),
            ])
        }
    }

    private struct Claims {
        let issuer: String
        let audience: String
        let keyID: String?
    }

    private static func assertion(
        _ claims: Claims, _ key: RSASigningKey, _ now: Timestamp
    ) -> String {
        let text = "\(part { header(claims, &$0) }).\(part { body(claims, now, &$0) })"
        return "\(text).\(Base64.encode(key.sign(Array(text.utf8)), alphabet: .url))"
    }

    private static func header(_ claims: Claims, _ json: inout JSONWriter) {
        json.key("alg")
        json.string("RS256")
        json.key("typ")
        json.string("JWT")
        guard let keyID = claims.keyID else { return }
        json.key("kid")
        json.string(keyID)
    }

    private static func body(_ claims: Claims, _ now: Timestamp, _ json: inout JSONWriter) {
        json.key("iss")
        json.string(claims.issuer)
        json.key("scope")
        json.string(scope)
        json.key("aud")
        json.string(claims.audience)
        json.key("iat")
        json.integer(now.unixSeconds)
        json.key("exp")
        json.integer((now + assertionLife).unixSeconds)
    }

    private static func part(_ members: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        json.object { members(&$0) }
        return Base64.encode(json.bytes, alphabet: .url)
    }

    private static func form(_ fields: [(name: String, value: String)]) -> [UInt8] {
        let pairs = fields.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
        return Array(pairs.joined(separator: "&").utf8)
    }
}

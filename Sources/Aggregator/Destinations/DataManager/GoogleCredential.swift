package import Crypto
package import Daemon
internal import JSON

/// What proves to Google that a destination's owner allowed the uploads: one of the two files that
/// Google's own tools write, `authorized_user` with a refresh token or `service_account` with a key.
package struct GoogleCredential: Sendable {
    /// How an access token is asked for.
    package enum Grant: Sendable {
        /// A person's consent, kept as a refresh token.
        case refreshToken(clientID: String, clientSecret: Secret, token: Secret)
        /// A machine's account. `audience` is what its signed requests are made out to.
        case serviceAccount(email: String, keyID: String?, key: RSASigningKey, audience: String)
    }

    /// How an access token is asked for.
    package let grant: Grant
    /// The Cloud project that pays for the requests, where the file names one.
    package let quotaProject: String?

    /// Takes a grant as it is.
    package init(_ grant: Grant, quotaProject: String? = nil) {
        self.grant = grant
        self.quotaProject = quotaProject
    }

    /// Reads a credential file: JSON, at most 16 KB; members that are not needed are passed over.
    package init(json: [UInt8]) throws(CredentialRefusal) {
        var parser = JSONParser(bytesMax: 16_384, depthMax: 8)
        let malformed = { (_: JSONError) in CredentialRefusal.malformed }
        self = try parser.parse(json.span, orThrow: malformed) {
            root throws(CredentialRefusal) in
            let project = root["quota_project_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            switch try Self.text("type", in: root) {
            case "authorized_user":
                return GoogleCredential(try Self.refreshToken(in: root), quotaProject: project)
            case "service_account":
                return GoogleCredential(try Self.serviceAccount(in: root), quotaProject: project)
            default: throw .otherKind
            }
        }
    }

    /// Whose it is, without anything secret: for lists and pages.
    package var summary: String {
        switch grant {
        case .refreshToken(let clientID, _, _): "refresh token of client \(clientID)"
        case .serviceAccount(let email, _, _, _): "service account \(email)"
        }
    }

    private static func refreshToken(in root: JSONElement) throws(CredentialRefusal) -> Grant {
        .refreshToken(
            clientID: try text("client_id", in: root),
            clientSecret: Secret(try text("client_secret", in: root)),
            token: Secret(try text("refresh_token", in: root)))
    }

    private static func serviceAccount(in root: JSONElement) throws(CredentialRefusal) -> Grant {
        let email = try text("client_email", in: root)
        let pem = try text("private_key", in: root)
        let key: RSASigningKey
        do throws(KeyRefusal) {
            key = try RSASigningKey(pem: pem)
        } catch {
            throw .keyUnusable
        }
        return .serviceAccount(
            email: email, keyID: root["private_key_id"]?.string, key: key,
            audience: root["token_uri"]?.string ?? "https://oauth2.googleapis.com/token")
    }

    private static func text(
        _ name: StaticString, in root: JSONElement
    ) throws(CredentialRefusal) -> String {
        guard let text = root[name]?.string, (1...8192).contains(text.utf8.count),
            name.description == "private_key" || text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .missing(member: name.description) }
        return text
    }
}

/// Why a file is not taken for a credential.
package enum CredentialRefusal: Error, Equatable {
    /// It is not JSON, or too large.
    case malformed
    /// Its `type` is neither of the two.
    case otherKind
    /// A member is missing, empty, or holds characters that it cannot.
    case missing(member: String)
    /// `private_key` is not an RSA key of 2,048 to 8,192 bits in PEM form.
    case keyUnusable

    /// What is wrong, for the one who gave the file.
    package var sentence: String {
        switch self {
        case .malformed: "The credential is not a JSON file."
        case .otherKind: "The credential's type must be authorized_user or service_account."
        case .missing(let member): "The credential has no usable member \(member)."
        case .keyUnusable: "The credential's private_key is not an RSA key in PEM form."
        }
    }
}

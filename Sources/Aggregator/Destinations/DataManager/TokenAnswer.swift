internal import Daemon
internal import HTTP
internal import JSON

/// A token that opens Google's interface for a while.
struct GrantedToken: Sendable {
    let text: Secret
    /// From the answer on.
    let life: Duration
}

/// Reads what the token endpoint answers. Pure.
/// - Source: RFC 6749, sections 5.1 and 5.2.
enum TokenAnswer {
    /// The token, or why there is none. What is not understood may pass; nothing left without a token.
    static func read(_ response: Response) -> Result<GrantedToken, TokenTrouble> {
        let status = response.status
        switch status {
        case 200:
            guard let token = token(response.body) else {
                return unreached("OAUTH_ANSWER_UNREADABLE", response)
            }
            return .success(token)
        case 429:
            return .failure(
                TokenTrouble(
                    .throttled(
                        code: "OAUTH_THROTTLED", httpStatus: status,
                        retryAfter: RetryAfter.read(response))))
        case 400, 401, 403:
            guard let code = errorCode(response.body) else {
                return unreached("OAUTH_ANSWER_UNREADABLE", response)
            }
            return .failure(TokenTrouble(.credential(code: code, httpStatus: status)))
        default:
            return unreached("OAUTH_UNAVAILABLE", response)
        }
    }

    private static func unreached(
        _ code: String, _ response: Response
    ) -> Result<GrantedToken, TokenTrouble> {
        .failure(
            TokenTrouble(
                .unreached(
                    code: code, httpStatus: response.status,
                    retryAfter: RetryAfter.read(response))))
    }

    private static func token(_ body: [UInt8]) -> GrantedToken? {
        read(body) { root in
            guard let text = root["access_token"]?.string,
                (1...8192).contains(text.utf8.count),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                root["token_type"]?.string?.lowercased() == "bearer",
                let seconds = root["expires_in"]?.int64, (1...86_400).contains(seconds)
            else { return nil }
            return GrantedToken(text: Secret(text), life: .seconds(seconds))
        }
    }

    /// `invalid_grant` becomes `OAUTH_INVALID_GRANT`.
    private static func errorCode(_ body: [UInt8]) -> String? {
        read(body) { root in
            root["error"]?.string.map { PlatformCode.clean("OAUTH_\($0.uppercased())") }
        }
    }

    private static func read<Value>(_ body: [UInt8], _ make: (JSONElement) -> Value?) -> Value? {
        var parser = JSONParser(bytesMax: 65_536, depthMax: 8, duplicateKeys: .lastWins)
        do throws(JSONError) {
            return try parser.parse(body) { root in make(root) }
        } catch {
            return nil
        }
    }
}

/// Why there is no token.
struct TokenTrouble: Error, Hashable {
    let trouble: PlatformTrouble
    init(_ trouble: PlatformTrouble) { self.trouble = trouble }
}

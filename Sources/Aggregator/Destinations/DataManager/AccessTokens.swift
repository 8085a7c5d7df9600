internal import Daemon
package import HTTP
package import Time

/// Keeps one credential's access token fresh: renewed when 80 % of its life are over, by whoever asks
/// first, while all others wait for that one answer.
package actor AccessTokens {
    private enum Stage {
        case idle
        /// One task asks; these wait for what it gets.
        case renewing([CheckedContinuation<Result<GrantedToken, TokenTrouble>, Never>])
    }

    private struct Held {
        let token: GrantedToken
        let since: Duration
    }

    private let grant: GoogleCredential.Grant
    private let endpoint: Endpoint
    private let clock: any WallClock
    private let uptime: any Uptime
    private var held: Held?
    private var stage = Stage.idle

    /// Where tokens are asked for, and over what.
    package struct Endpoint: Sendable {
        let origin: Origin
        let path: String
        let client: Client

        /// - Parameter origin: `https://oauth2.googleapis.com`, but for a stand-in.
        package init(_ origin: Origin, path: String = "/token", client: Client) {
            (self.origin, self.path, self.client) = (origin, path, client)
        }
    }

    /// - Parameters:
    ///   - clock: dates the requests that a service account signs.
    ///   - uptime: what a token's age is measured by.
    package init(
        _ grant: GoogleCredential.Grant, at endpoint: Endpoint,
        clock: any WallClock = SystemClock(), uptime: any Uptime = SystemUptime()
    ) {
        (self.grant, self.endpoint) = (grant, endpoint)
        (self.clock, self.uptime) = (clock, uptime)
    }

    /// A token with at least a fifth of its life left, or an older one that still lives while no
    /// newer is to be had.
    func token() async throws(TokenTrouble) -> Secret {
        if let held, age(of: held) < held.token.life * 0.8 { return held.token.text }
        do {
            return try await renewed().text
        } catch {
            guard let held, age(of: held) < held.token.life else { throw error }
            return held.token.text
        }
    }

    /// Another token than the one that the platform refused; asks for it unless somebody has.
    func token(insteadOf refused: Secret) async throws(TokenTrouble) -> Secret {
        if let held, held.token.text.revealed == refused.revealed { self.held = nil }
        return try await token()
    }

    private func age(of held: Held) -> Duration { uptime.now() - held.since }

    private func renewed() async throws(TokenTrouble) -> GrantedToken {
        while true {
            let result = await joined()
            // The task that asked may have been cancelled; its end is not ours.
            if case .failure(let error) = result, error.trouble.code == "STOPPED",
                !Task.isCancelled
            {
                continue
            }
            return try result.get()
        }
    }

    /// Asks, or waits for the one who does.
    private func joined() async -> Result<GrantedToken, TokenTrouble> {
        if case .renewing = stage {
            return await withCheckedContinuation { continuation in
                guard case .renewing(let waiting) = stage else {
                    preconditionFailure("Nothing ran in between.")
                }
                stage = .renewing(waiting + [continuation])
            }
        }
        stage = .renewing([])
        let start = uptime.now()
        let result = await ask()
        if case .success(let token) = result { held = Held(token: token, since: start) }
        guard case .renewing(let waiting) = stage else {
            preconditionFailure("Only the one who asks ends it.")
        }
        stage = .idle
        for continuation in waiting { continuation.resume(returning: result) }
        return result
    }

    private func ask() async -> Result<GrantedToken, TokenTrouble> {
        let request = ClientRequest(
            .post, endpoint.origin, endpoint.path,
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: TokenRequest.body(for: grant, at: clock.now()))
        do throws(HTTPFault) {
            return TokenAnswer.read(try await endpoint.client.send(request))
        } catch {
            let code = PlatformCode.code(of: error.reason)
            return .failure(
                TokenTrouble(.unreached(code: code, httpStatus: nil, retryAfter: nil)))
        }
    }
}

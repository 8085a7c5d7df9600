internal import Daemon
package import HTTP

/// Speaks with Google's Data Manager API for one credential: `events:ingest` and
/// `requestStatus:retrieve`, with an access token that is renewed in time, and once more when it is
/// refused all the same.
/// - Source: google-ads-datamanager 0.9.4 and its documentation of 2026-11.
package struct DataManagerClient: AdPlatform {
    /// Google's limit of events in one request.
    package let uploadsMax = 2000

    private let api: Origin
    private let tokens: AccessTokens
    private let quotaProject: String?
    private let client: Client

    /// How the one client of all destinations is set up: answers that name 2,000 faults are large, an
    /// ingest may take the 120 s that Google's own library waits for it, and there are two exchanges at
    /// a time for each of 64 destinations, so that none delays another.
    package static var clientSettings: Client.Settings {
        var settings = Client.Settings(
            totalTimeout: .seconds(120), answerBytesMax: AnswerReading.answerBytesMax)
        settings.connectionsMax = 128
        return settings
    }

    /// - Parameters:
    ///   - api: `https://datamanager.googleapis.com`, but for a stand-in.
    ///   - tokens: of the destination's credential.
    ///   - quotaProject: the Cloud project that the requests count for; nil leaves it to Google.
    ///   - client: shared by all destinations; a slow one delays no other.
    package init(
        _ api: Origin, tokens: AccessTokens, quotaProject: String? = nil, client: Client
    ) {
        (self.api, self.tokens) = (api, tokens)
        (self.quotaProject, self.client) = (quotaProject, client)
    }

    /// Finds what Google would refuse by its form; costs no request.
    package func preflight(_ upload: PlatformUpload) -> String? {
        EventPreflight.code(of: upload)
    }

    /// The very bytes that `ingest` would send.
    package func preview(_ batch: PlatformBatch) -> String {
        String(decoding: EventBody.bytes(batch), as: UTF8.self)
    }

    /// Posts to `events:ingest`; nothing is final before `status` says so.
    package func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        precondition((1...uploadsMax).contains(batch.uploads.count), "A batch has 1...2000 events.")
        var request = request(.post, "/v1/events:ingest", body: EventBody.bytes(batch))
        // A lost acceptance behind a later 429 would be taken for "nothing was processed".
        request.isSentOnce = true
        switch await authorized(request) {
        case .success(let response): return AnswerReading.ingest(response, to: batch)
        case .failure(let error): return .trouble(error.trouble)
        }
    }

    /// Asks `requestStatus:retrieve`, which knows a request for about 50 days.
    package func status(of requestID: String) async -> StatusAnswer {
        let query = PercentEncoding.encode(requestID)
        let request = request(.get, "/v1/requestStatus:retrieve?requestId=\(query)")
        switch await authorized(request) {
        case .success(let response): return AnswerReading.status(response)
        case .failure(let error): return .trouble(error.trouble)
        }
    }

    private func request(
        _ method: HTTP::Method, _ target: String, body: [UInt8] = []
    ) -> ClientRequest {
        var request = ClientRequest(method, api, target, body: body)
        request.headers.add("User-Agent", "convey")
        request.headers.add("Accept", "application/json")
        if !body.isEmpty { request.headers.add("Content-Type", "application/json") }
        if let quotaProject { request.headers.add("X-Goog-User-Project", quotaProject) }
        return request
    }

    /// Sends with a token; after a 401 once more with a new one.
    private func authorized(_ request: ClientRequest) async -> Result<Response, TokenTrouble> {
        do throws(TokenTrouble) {
            let token = try await tokens.token()
            let response = try await send(request, with: token)
            guard response.status == 401 else { return .success(response) }
            let renewed = try await tokens.token(insteadOf: token)
            return .success(try await send(request, with: renewed))
        } catch {
            return .failure(error)
        }
    }

    private func send(
        _ request: ClientRequest, with token: Secret
    ) async throws(TokenTrouble) -> Response {
        var request = request
        request.headers.set("Authorization", "Bearer \(token.revealed)")
        do throws(HTTPFault) {
            return try await client.send(request)
        } catch {
            throw TokenTrouble(PlatformCode.trouble(error.reason))
        }
    }
}

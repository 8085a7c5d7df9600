import Daemon
import Destinations
import HTTP
import Time

/// Makes the clients of ad platforms: each destination's own, out of its settings and its credential.
struct AdPlatforms: Sendable {
    private let client: Client
    private let clock: any WallClock

    init(clock: any WallClock) {
        client = Client(DataManagerClient.clientSettings, name: "ad platforms")
        self.clock = clock
    }

    /// The client of one destination.
    /// - Throws: `CredentialRefusal` for a credential that cannot be read.
    func platform(of destination: Destination, secret: String) throws -> any AdPlatform {
        let credential = try GoogleCredential(json: Array(secret.utf8))
        let api = try origin(destination.settings.baseURL ?? "https://datamanager.googleapis.com")
        let (token, path) = try endpoint(
            destination.settings.tokenURL ?? "https://oauth2.googleapis.com/token")
        let tokens = AccessTokens(
            credential.grant, at: AccessTokens.Endpoint(token, path: path, client: client),
            clock: clock)
        return DataManagerClient(
            api, tokens: tokens,
            quotaProject: destination.settings.quotaProject ?? credential.quotaProject,
            client: client)
    }

    private func origin(_ url: String) throws -> Origin {
        guard let origin = Origin(url) else { throw DestinationRefusal.wrongURL }
        return origin
    }

    /// Tells an address apart into origin and path.
    private func endpoint(_ url: String) throws -> (Origin, path: String) {
        let scheme = url.hasPrefix("https://") ? 8 : 7
        let slash = url.dropFirst(scheme).firstIndex(of: "/") ?? url.endIndex
        let path = String(url[slash...])
        return (try origin(String(url[..<slash])), path.isEmpty ? "/token" : path)
    }

    /// The table of verdicts, with what the operator's file says over it.
    static func verdicts(file path: String?) throws -> VerdictTable {
        guard let path else { return GoogleVerdicts.table }
        do {
            return try VerdictFile.read(
                try BoundedFile.read(path, bytesMax: 1 << 20), platform: GoogleVerdicts.platform,
                over: GoogleVerdicts.table)
        } catch let refusal as VerdictFileRefusal {
            throw StartRefusal(sentence: "verdicts.file: \(refusal.sentence)")
        }
    }
}

/// Why the aggregator does not start: the operator's to mend.
struct StartRefusal: Error {
    let sentence: String
}

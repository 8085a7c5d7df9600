import Daemon
import Doubles
import HTTP

/// The keys of `convey-doubles`, in the order of the reference.
enum DoublesConfiguration {
    static let recordFile = ConfigurationKey(
        "record_file", .optional(.path), default: nil,
        "Where accepted requests are kept, a line each, so that a killed double remembers. Left out: in memory."
    )
    static let behaviourFile = ConfigurationKey(
        "behaviour_file", .optional(.path), default: nil,
        "JSON as GET /control/behaviour shows it: faults, delays, clicks and actions at the start.")
    static let verdictDelay = ConfigurationKey(
        "verdict_delay", .duration(.zero ... .seconds(86_400)), default: .zero,
        "From an accepted request to its verdict, unless the behaviour file says otherwise.")
    static let clientID = ConfigurationKey(
        "oauth.client_id", .text(bytesMax: 200), default: DoubleCredentials().clientID,
        "The client that may ask for tokens.")
    static let clientSecret = ConfigurationKey(
        "oauth.client_secret", .text(bytesMax: 200), default: DoubleCredentials().clientSecret,
        "Its secret, which guards nothing.")
    static let refreshToken = ConfigurationKey(
        "oauth.refresh_token", .text(bytesMax: 200), default: DoubleCredentials().refreshToken,
        "The one refresh token that is taken.")
    static let serviceAccount = ConfigurationKey(
        "oauth.service_account", .optional(.text(bytesMax: 200)), default: nil,
        "A service account that may ask for tokens.")
    static let serviceAccountKey = ConfigurationKey(
        "oauth.service_account_key_file", .optional(.path), default: nil,
        "Its public key in PEM.")

    static let listen = ListenConfiguration(
        .init(plain: ["127.0.0.1:8495"], tls: [], threads: 2, queuedBytesMax: 268_435_456))

    static let logLevel = ConfigurationKey(
        "log.level", ConfigurationKind<Log.Level>.choice, default: .notice,
        "Least grave lines that are written.")
    static let logFormat = ConfigurationKey(
        "log.format", ConfigurationKind<Log.Format>.choice, default: .text,
        "How a log line looks.")

    static var keys: [any ConfigurationDeclaration] {
        [
            recordFile, behaviourFile, verdictDelay, clientID, clientSecret, refreshToken,
            serviceAccount, serviceAccountKey,
        ] + listen.keys + [logLevel, logFormat]
    }

    static let settings = DaemonProgram.Settings(
        keys, prefix: "CONVEY_DOUBLES_", usualPath: "/etc/convey/doubles.yaml",
        problems: listen.problems)

    /// How the double of Google starts.
    static func google(_ configuration: Configuration) throws -> GoogleDouble.Settings {
        var settings = GoogleDouble.Settings()
        settings.credentials = try credentials(configuration)
        settings.recordFile = configuration[recordFile]
        settings.server = listen.serverSettings(configuration)
        settings.server.requestWithin = GoogleDouble.serverSettings.requestWithin
        settings.behaviour.verdictDelayMs = Int(
            configuration[verdictDelay] / Duration.milliseconds(1))
        if let path = configuration[behaviourFile] {
            try settings.setBehaviour(try BoundedFile.read(path, bytesMax: 33_554_432))
        }
        return settings
    }

    static func credentials(_ configuration: Configuration) throws -> DoubleCredentials {
        var credentials = DoubleCredentials()
        credentials.clientID = configuration[clientID]
        credentials.clientSecret = configuration[clientSecret]
        credentials.refreshToken = configuration[refreshToken]
        credentials.serviceAccount = configuration[serviceAccount]
        if let path = configuration[serviceAccountKey] {
            let bytes = try BoundedFile.read(path, bytesMax: 65_536)
            credentials.serviceAccountKeyPEM = String(decoding: bytes, as: UTF8.self)
        }
        return credentials
    }
}

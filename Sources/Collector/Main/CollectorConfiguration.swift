import Daemon
import HTTP
import Intake

/// The keys of `convey-collector`, in the order of the reference.
enum CollectorConfiguration {
    static let dataDirectory = ConfigurationKey(
        "data_directory", .path, default: "/var/lib/convey-collector",
        "Where the buffer, the collector's key and the local socket lie. One collector each.")

    static let listen = ListenConfiguration(
        .init(plain: ["127.0.0.1:8480"], tls: [], threads: 2, queuedBytesMax: 16_777_216))

    static let bodyBytesMax = ConfigurationKey(
        "intake.body_bytes_max", .bytes(65_536...16_777_216), default: 1_048_576,
        "Largest body of /v1/events, as sent and as decoded; a larger one is refused with 413.")
    static let eventsMax = ConfigurationKey(
        "intake.events_max", .integer(1...100_000), default: 5000,
        "Most events in one request; more are refused with 413.")
    static let commitWithin = ConfigurationKey(
        "intake.commit_within", .duration(.milliseconds(100)...(.seconds(30))),
        default: .seconds(2),
        "How long a request waits for its commit before 503.")
    static let trustedProxies = ConfigurationKey(
        "intake.trusted_proxies", .list(of: .network), default: [],
        "Networks whose X-Forwarded-For is believed: the proxies in front of this collector.")

    static let bufferBytesMax = ConfigurationKey(
        "buffer.bytes_max", .bytes(33_554_432...1_099_511_627_776), default: 1_073_741_824,
        "Disk that the buffer may use. Near it page views are refused first, conversions last.")
    static let waitingBytesMax = ConfigurationKey(
        "buffer.waiting_bytes_max", .bytes(1_048_576...268_435_456), default: 8_388_608,
        "Bytes of events that may wait in memory for their commit; above it 503.")
    static let receiptedKept = ConfigurationKey(
        "buffer.receipted_kept", .duration(.zero...(.seconds(365 * 86_400))),
        default: .seconds(72 * 3600),
        "How long events are kept after their receipt, where space allows, in case the aggregator is restored."
    )

    static let geographyFile = ConfigurationKey(
        "geography.file", .optional(.path), default: nil,
        "City or Country file in MaxMind DB format: where visitors are. Read again at SIGHUP.")

    static let logLevel = ConfigurationKey(
        "log.level", ConfigurationKind<Log.Level>.choice, default: .notice,
        "Least grave lines that are written. SIGUSR1 shows more, SIGUSR2 less.")
    static let logFormat = ConfigurationKey(
        "log.format", ConfigurationKind<Log.Format>.choice, default: .json,
        "How a log line looks.")

    static let requestLines = ConfigurationKey(
        "log.requests", .optional(ConfigurationKind<RequestLines>.choice), default: nil,
        "Requests that leave a line. By default all of /api/… and otherwise the refused ones.")

    static let keys: [any ConfigurationDeclaration] =
        [dataDirectory] + listen.keys
        + [
            bodyBytesMax, eventsMax, commitWithin, trustedProxies, bufferBytesMax, waitingBytesMax,
            receiptedKept, geographyFile, logLevel, logFormat, requestLines,
        ]

    static let settings = DaemonProgram.Settings(
        keys, prefix: "CONVEY_COLLECTOR_", usualPath: "/etc/convey/collector.yaml",
        problems: listen.problems)
}

extension ConfigurationKind where Value == String {
    /// An address or a network of addresses.
    fileprivate static var network: Self {
        Self("an address or a network, as 127.0.0.1 or 10.0.0.0/8") {
            text throws(ConfigurationProblem.Reason) in
            guard TrustedProxies([text]) != nil else {
                throw .malformed("an address or a network, as 127.0.0.1 or 10.0.0.0/8")
            }
            return text
        } write: {
            $0
        }
    }
}

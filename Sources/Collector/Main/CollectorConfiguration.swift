import Daemon
import HTTP

/// The keys of `convey-collector`, in the order of the reference.
enum CollectorConfiguration {
    static let dataDirectory = ConfigurationKey(
        "data_directory", .path, default: "/var/lib/convey-collector",
        "Where the buffer, the collector's key and the local socket lie. One collector each.")

    static let listen = ConfigurationKey(
        "listen.plain", .list(of: .listenAddress, countMax: 8),
        default: [ListenAddress("127.0.0.1:8480")].compactMap(\.self),
        "Addresses for HTTP without TLS; behind a proxy or for programs of this machine.")
    static let allowsPlainNetwork = ConfigurationKey(
        "listen.plain_on_network", .bool, default: false,
        "Allows addresses under listen.plain that other machines can reach.")
    static let listenTLS = ConfigurationKey(
        "listen.tls", .list(of: .listenAddress, countMax: 8), default: [],
        "Addresses for HTTPS; they need the two files below.")
    static let certificateFile = ConfigurationKey(
        "listen.certificate_file", .optional(.path), default: nil,
        "Certificate chain in PEM, own certificate first. Read again at SIGHUP.")
    static let certificateKeyFile = ConfigurationKey(
        "listen.key_file", .optional(.path), default: nil,
        "The certificate's private key in PEM, without a password. Read again at SIGHUP.")
    static let connectionsMax = ConfigurationKey(
        "listen.connections_max", .integer(1...100_000), default: 4096,
        "Open connections; at the cap no more are accepted until one closes.")
    static let threads = ConfigurationKey(
        "listen.threads", .integer(1...64), default: 2,
        "Threads that read and answer requests.")
    static let queuedBytesMax = ConfigurationKey(
        "listen.queued_bytes_max", .bytes(65_536...1_073_741_824), default: 16_777_216,
        "Bytes of requests that may wait for their rest or for their answer; above it 503.")

    static let bufferBytesMax = ConfigurationKey(
        "buffer.bytes_max", .bytes(33_554_432...1_099_511_627_776), default: 1_073_741_824,
        "Disk that the buffer may use. Near it page views are refused first, conversions last.")
    static let waitingBytesMax = ConfigurationKey(
        "buffer.waiting_bytes_max", .bytes(1_048_576...268_435_456), default: 8_388_608,
        "Bytes of events that may wait in memory for their commit; above it 503.")

    static let metricsPeers = ConfigurationKey(
        "metrics.peers", ConfigurationKind<MetricsPeers>.choice, default: .loopback,
        "Who may read /metrics; nobody may through a proxy. Others get 404.")

    static let logLevel = ConfigurationKey(
        "log.level", ConfigurationKind<Log.Level>.choice, default: .notice,
        "Least grave lines that are written. SIGUSR1 shows more, SIGUSR2 less.")
    static let logFormat = ConfigurationKey(
        "log.format", ConfigurationKind<Log.Format>.choice, default: .json,
        "How a log line looks.")

    /// Who may read metrics.
    enum MetricsPeers: String, CaseIterable, Sendable {
        /// Programs of this machine.
        case loopback
        /// Also those of private networks.
        case `private`
        case any
        case nobody
    }

    static let keys: [any ConfigurationDeclaration] = [
        dataDirectory, listen, allowsPlainNetwork, listenTLS, certificateFile, certificateKeyFile,
        connectionsMax, threads, queuedBytesMax, bufferBytesMax, waitingBytesMax, metricsPeers,
        logLevel, logFormat,
    ]

    static let prefix = "CONVEY_COLLECTOR_"
    private static let usualPath = "/etc/convey/collector.yaml"

    /// All keys with their defaults, as `collector/reference.yaml`.
    static var reference: String {
        ConfigurationReference(keys: keys, prefix: prefix).yaml(
            title:
                "Every setting of convey-collector at its default. Made by: convey-collector config reference"
        )
    }

    /// Reads the file and checks it, also what no key can check alone.
    /// - Parameter path: as typed; nil takes the usual place, if there is a file.
    static func load(
        _ path: String?, environment: [String: String]
    ) throws(ConfigurationRefusal) -> Configuration {
        let path = path ?? (BoundedFile.exists(usualPath) ? usualPath : nil)
        let configuration = try Configuration.load(
            path, keys: keys, environment: environment, prefix: prefix)
        let problems = problems(of: configuration)
        guard problems.isEmpty else { throw ConfigurationRefusal(problems: problems) }
        return configuration
    }

    static func problems(of configuration: Configuration) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        func require(_ holds: Bool, _ key: String, _ sentence: String) {
            guard !holds else { return }
            problems.append(ConfigurationProblem(key: key, wrong: sentence))
        }
        require(
            configuration[allowsPlainNetwork] || configuration[listen].allSatisfy(\.isLoopback),
            listen.name,
            "has an address that other machines reach; use listen.tls, or allow it by listen.plain_on_network."
        )
        let hasFiles =
            configuration[certificateFile] != nil && configuration[certificateKeyFile] != nil
        require(
            configuration[listenTLS].isEmpty || hasFiles, listenTLS.name,
            "needs listen.certificate_file and listen.key_file.")
        require(
            !(configuration[listen] + configuration[listenTLS]).isEmpty, listen.name,
            "and listen.tls are both empty: nothing could be received.")
        return problems
    }
}

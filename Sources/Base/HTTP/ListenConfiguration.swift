package import Daemon

/// The keys under `listen` and `metrics`, the same for every daemon, and what follows from them.
package struct ListenConfiguration: Sendable {
    private let plain: ConfigurationKey<[ListenAddress]>
    private let tls: ConfigurationKey<[ListenAddress]>
    private let threads: ConfigurationKey<Int>
    private let queuedBytesMax: ConfigurationKey<Int>
    private let plainOnNetwork = ConfigurationKey(
        "listen.plain_on_network", .bool, default: false,
        "Allows addresses under listen.plain that other machines can reach.")
    private let certificateFile = ConfigurationKey(
        "listen.certificate_file", .optional(.path), default: nil,
        "Certificate chain in PEM, own certificate first. Read again at SIGHUP.")
    private let keyFile = ConfigurationKey(
        "listen.key_file", .optional(.path), default: nil,
        "The certificate's private key in PEM, without a password. Read again at SIGHUP.")
    private let connectionsMax = ConfigurationKey(
        "listen.connections_max", .integer(1...100_000), default: 4096,
        "Open connections; at the cap no more are accepted until one closes.")
    private let metricsReaders = ConfigurationKey(
        "metrics.peers", ConfigurationKind<MetricsReaders>.choice, default: .loopback,
        "Who may read /metrics; nobody may through a proxy. Others get 404.")

    /// What differs between daemons.
    package struct Presets: Sendable {
        fileprivate let plain: [String]
        fileprivate let tls: [String]
        fileprivate let threads: Int
        fileprivate let queuedBytesMax: Int

        /// - Parameters:
        ///   - plain: addresses for HTTP without TLS, as `127.0.0.1:8480`.
        ///   - tls: addresses for HTTPS.
        package init(plain: [String], tls: [String], threads: Int, queuedBytesMax: Int) {
            (self.plain, self.tls) = (plain, tls)
            (self.threads, self.queuedBytesMax) = (threads, queuedBytesMax)
        }
    }

    /// Declares the keys with a daemon's own presets.
    package init(_ presets: Presets) {
        plain = ConfigurationKey(
            "listen.plain", .list(of: .listenAddress, countMax: 8),
            default: presets.plain.compactMap(ListenAddress.init),
            "Addresses for HTTP without TLS; behind a proxy or for programs of this machine.")
        tls = ConfigurationKey(
            "listen.tls", .list(of: .listenAddress, countMax: 8),
            default: presets.tls.compactMap(ListenAddress.init),
            "Addresses for HTTPS; they need the two files below.")
        threads = ConfigurationKey(
            "listen.threads", .integer(1...64), default: presets.threads,
            "Threads that read and answer requests.")
        queuedBytesMax = ConfigurationKey(
            "listen.queued_bytes_max", .bytes(65_536...1_073_741_824),
            default: presets.queuedBytesMax,
            "Bytes of requests that may wait for their rest or for their answer; above it 503.")
    }

    /// The keys, in the order of the reference.
    package var keys: [any ConfigurationDeclaration] {
        [
            plain, plainOnNetwork, tls, certificateFile, keyFile, connectionsMax, threads,
            queuedBytesMax, metricsReaders,
        ]
    }

    /// What no key can see alone.
    package func problems(of configuration: Configuration) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        if !configuration[plainOnNetwork], !configuration[plain].allSatisfy(\.isLoopback) {
            problems.append(
                ConfigurationProblem(
                    key: plain.name,
                    wrong: """
                        has an address that other machines reach; use listen.tls, or allow it by \
                        listen.plain_on_network.
                        """))
        }
        let hasFiles = configuration[certificateFile] != nil && configuration[keyFile] != nil
        if !configuration[tls].isEmpty, !hasFiles {
            problems.append(
                ConfigurationProblem(
                    key: tls.name, wrong: "needs listen.certificate_file and listen.key_file."))
        }
        if configuration[plain].isEmpty, configuration[tls].isEmpty {
            problems.append(
                ConfigurationProblem(
                    key: plain.name,
                    wrong: "and listen.tls are both empty: nothing could be received."))
        }
        return problems
    }

    /// Reads the certificate; nil where none is configured.
    package func makeTLSContext(_ configuration: Configuration) throws -> TLSContext? {
        guard let certificate = configuration[certificateFile], let key = configuration[keyFile]
        else { return nil }
        return try TLSContext(certificateFile: certificate, keyFile: key)
    }

    /// Every address to listen on.
    package func listeners(_ configuration: Configuration, _ context: TLSContext?) -> [Listener] {
        let plain = configuration[plain].map { Listener.plain($0.address, port: $0.port) }
        guard let context else { return plain }
        return plain + configuration[tls].map { .tls($0.address, port: $0.port, context) }
    }

    /// Files beside connections: databases, listening sockets, clients of our own.
    private static let otherFiles = 64

    /// Lets the process hold as many connections as the configuration allows, and says where the
    /// system does not. Called once, before sockets open.
    package func makeRoom(_ configuration: Configuration, saying log: Log) {
        let files = OpenFiles.raiseLimit()
        guard files < configuration[connectionsMax] + Self.otherFiles else { return }
        log.warning(
            "The system allows fewer open files than connections are allowed.",
            [
                LogField("files"): files,
                .remedy: "Raise LimitNOFILE of the unit, or lower listen.connections_max.",
            ])
    }

    /// What the server may spend.
    package func serverSettings(_ configuration: Configuration) -> ServerSettings {
        var settings = ServerSettings()
        settings.loops = configuration[threads]
        settings.connectionsMax = configuration[connectionsMax]
        settings.queuedBytesMax = configuration[queuedBytesMax]
        return settings
    }

    /// Who may read `/metrics`.
    package func metricsReaders(_ configuration: Configuration) -> MetricsReaders {
        configuration[metricsReaders]
    }
}

/// Who may read metrics.
package enum MetricsReaders: String, CaseIterable, Sendable {
    /// Programs of this machine.
    case loopback
    /// Also those of private networks.
    case `private`
    case any
    case nobody
}

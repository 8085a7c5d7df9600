import Daemon
import HTTP

/// The keys of `convey-aggregator`, in the order of the reference.
enum AggregatorConfiguration {
    static let dataDirectory = ConfigurationKey(
        "data_directory", .path, default: "/var/lib/convey-aggregator",
        "Where the database, where it is a file, the sealing key and the local socket lie. One aggregator each."
    )

    static let databaseURL = ConfigurationKey(
        "database.url", .optional(.databaseURL), default: nil,
        "A PostgreSQL database, 14 or newer, which any number of aggregators may share; left out, a SQLite file in data_directory. Several hosts may be named: the one that takes writes is used."
    )
    static let databasePassword = ConfigurationKey(
        "database.password_file", .optional(.secretFile), default: nil,
        "The password for database.url, where the server wants one.")
    static let databaseConnections = ConfigurationKey(
        "database.connections", .integer(2...500), default: 8,
        "Connections to PostgreSQL at most; one more listens for changed settings.")

    static let publicNames = ConfigurationKey(
        "public_names", .list(of: .text(bytesMax: 253), countMax: 16), default: [],
        "Names under which collectors reach this aggregator: host, or host:port where the port is not the scheme's own. A batch signed for another name is refused."
    )
    static let authorityFile = ConfigurationKey(
        "collectors.authority_file", .optional(.path), default: nil,
        "Certificate in PEM of a private authority; collectors that enrol pin it and trust no other."
    )
    static let pace = ConfigurationKey(
        "collectors.pace", .integer(1...10_000_000), default: 50_000,
        "Events a second that receipts call welcome, of each collector.")
    static let keyOverlap = ConfigurationKey(
        "collectors.key_overlap", .duration(.seconds(60) ... .seconds(2_592_000)),
        default: .seconds(86_400),
        "How long a collector's former key is taken beside the new one after a rotation.")

    static let firstPoll = ConfigurationKey(
        "uploads.first_poll", .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(1_800),
        "From an accepted upload to the first question for its verdict; Google advises half an hour."
    )
    static let pollMax = ConfigurationKey(
        "uploads.poll_max", .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(21_600),
        "Longest pause between two questions for a verdict; it doubles up to here.")
    static let holdFor = ConfigurationKey(
        "uploads.hold_for", .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(900),
        "From a hold of a destination, as for a wrong credential, to the next try by itself.")
    static let retryFirst = ConfigurationKey(
        "uploads.retry_first", .duration(.milliseconds(100) ... .seconds(86_400)),
        default: .seconds(60),
        "From a failure of an upload that may pass to its next try; it doubles up to six hours.")
    static let backoffMax = ConfigurationKey(
        "uploads.backoff_max", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(300),
        "Longest pause after failures of a platform in a row; it doubles from one second up to here."
    )
    static let verdictsFile = ConfigurationKey(
        "verdicts.file", .optional(.path), default: nil,
        "Meanings of ad platforms' error codes that go before those built in; its form is that of verdicts/google.json."
    )

    static let listen = ListenConfiguration(
        .init(plain: ["127.0.0.1:8490"], tls: [], threads: 2, queuedBytesMax: 134_217_728))

    static let logLevel = ConfigurationKey(
        "log.level", ConfigurationKind<Log.Level>.choice, default: .notice,
        "Least grave lines that are written. SIGUSR1 shows more, SIGUSR2 less.")
    static let logFormat = ConfigurationKey(
        "log.format", ConfigurationKind<Log.Format>.choice, default: .json,
        "How a log line looks.")

    static var keys: [any ConfigurationDeclaration] {
        [
            dataDirectory, databaseURL, databasePassword, databaseConnections, publicNames,
            authorityFile, pace, keyOverlap, firstPoll, pollMax,
            holdFor,
            retryFirst,
            backoffMax, verdictsFile,
        ] + listen.keys + [logLevel, logFormat]
    }

    static let settings = DaemonProgram.Settings(
        keys, prefix: "CONVEY_AGGREGATOR_", usualPath: "/etc/convey/aggregator.yaml",
        problems: listen.problems)
}

import Daemon

/// Where an aggregator's files lie, all in its data directory.
struct AggregatorPlace: Sendable {
    let directory: String

    init(_ configuration: Configuration) {
        self.init(directory: configuration[AggregatorConfiguration.dataDirectory])
    }

    init(directory: String) { self.directory = directory }

    /// Held by the running daemon, or by a command that works on the data while it is stopped.
    var lock: String { "\(directory)/lock" }
    var database: String { "\(directory)/aggregator.db" }
    /// What the aggregator signs its answers with; collectors pin its public half.
    var signingKey: String { "\(directory)/signing.pem" }
    /// A signing key that was made and does not sign yet.
    var nextSigningKey: String { "\(directory)/signing.next.pem" }
    /// Every statement by which one signing key followed another; kept for ever.
    var keyStatements: String { "\(directory)/key-statements.json" }
    /// What secrets in the database are sealed with; without it they cannot be read.
    var sealingKey: String { "\(directory)/sealing.key" }
    /// Where commands talk to the running daemon.
    var adminSocket: String { "\(directory)/admin.sock" }
    /// Backups that the aggregator makes by itself, before it changes the schema.
    func backup(before version: Int, at stamp: String) -> String {
        "\(directory)/before-schema-\(version)-\(stamp).db"
    }
}

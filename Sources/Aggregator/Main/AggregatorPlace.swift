import Daemon
import Store

/// Where an aggregator's files lie, all in its data directory, and where its database is.
struct AggregatorPlace: Sendable {
    let directory: String
    let database: Database

    /// A file of the data directory, or a server's, which any number of aggregators share.
    enum Database: Sendable {
        case file(String)
        case server(url: String, PostgresOptions)

        var isShared: Bool {
            switch self {
            case .file: false
            case .server: true
            }
        }
    }

    init(_ configuration: Configuration) {
        let directory = configuration[AggregatorConfiguration.dataDirectory]
        guard let url = configuration[AggregatorConfiguration.databaseURL] else {
            self.init(directory: directory)
            return
        }
        var options = PostgresOptions()
        options.connections = configuration[AggregatorConfiguration.databaseConnections]
        options.password = configuration[AggregatorConfiguration.databasePassword]?.revealed
        options.applicationName = "convey-aggregator"
        self.init(directory: directory, .server(url: url, options))
    }

    init(directory: String, _ database: Database? = nil) {
        self.directory = directory
        self.database = database ?? .file("\(directory)/aggregator.db")
    }

    /// Held by the running daemon, or by a command that works on the data while it is stopped.
    var lock: String { "\(directory)/lock" }
    /// Where an older program kept the signing key, and one that did not sign yet.
    var signingKey: String { "\(directory)/signing.pem" }
    var nextSigningKey: String { "\(directory)/signing.next.pem" }
    /// Where it kept the statements by which one signing key followed another.
    var keyStatements: String { "\(directory)/key-statements.json" }
    /// What secrets in the database are sealed with; without it they cannot be read.
    var sealingKey: String { "\(directory)/sealing.key" }
    /// Where commands talk to the running daemon.
    var adminSocket: String { "\(directory)/admin.sock" }

    /// The same place for work on whole tables: one statement may take an hour.
    var patient: AggregatorPlace {
        guard case .server(let url, var options) = database else { return self }
        options.statementTimeout = .seconds(3_600)
        return AggregatorPlace(directory: directory, .server(url: url, options))
    }

    /// Opens the database for reading, beside whoever works on it.
    func openToRead() throws(StoreFault) -> Store {
        switch database {
        case .file(let path): try Store.sqliteReader(path: path)
        case .server(let url, let options): try Store.postgres(url: url, options: options)
        }
    }

    /// Backups that the aggregator makes by itself, before it changes the schema.
    func backup(before version: Int, at stamp: String) -> String {
        "\(directory)/before-schema-\(version)-\(stamp).db"
    }
}

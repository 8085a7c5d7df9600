import HTTP

/// Where the aggregator of a stage keeps what it knows.
package enum StageDatabase: Sendable {
    /// A file in its data directory.
    case sqlite
    /// A database of a PostgreSQL server that somebody else runs, by its URL.
    case postgres(url: String)
}

/// What the configuration of each aggregator process on a stage has in common.
struct AggregatorPlan: Sendable {
    /// Names (`host:port`) under which it may be reached, its own among them.
    var names: [String]
    /// More lines, as they are.
    let settings: String
    var database: StageDatabase
}

extension Stage {
    func writeConfiguration(dataDirectory: String) throws {
        let publicNames = plan.names.map { "\"\($0)\"" }.joined(separator: ", ")
        let port = aggregator.authority.split(separator: ":").last ?? ""
        try write(
            """
            data_directory: \(dataDirectory)
            public_names: [\(publicNames)]
            listen:
              plain: []
              tls: ["127.0.0.1:\(port)"]
              certificate_file: \(folder)/aggregator.crt
              key_file: \(folder)/aggregator.key
            log:
              format: text

            """ + plan.databaseLines + plan.settings,
            to: "\(aggregatorName).yaml")
    }

    /// What the configuration and the log of this aggregator process are called.
    var aggregatorName: String { String(configuration.dropFirst(folder.count + 1).dropLast(5)) }
}

extension AggregatorPlan {
    fileprivate var databaseLines: String {
        switch database {
        case .sqlite: ""
        case .postgres(let url):
            """
            database:
              url: "\(url)"

            """
        }
    }
}

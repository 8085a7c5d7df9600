import Daemon

/// Where a collector's files lie, all in its data directory.
struct CollectorPlace: Sendable {
    let directory: String

    init(_ configuration: Configuration) {
        directory = configuration[CollectorConfiguration.dataDirectory]
    }

    /// Held by the running daemon, or by a command that works on the data while it is stopped.
    var lock: String { "\(directory)/lock" }
    var buffer: String { "\(directory)/buffer.db" }
    /// Where commands talk to the running daemon.
    var adminSocket: String { "\(directory)/admin.sock" }
}

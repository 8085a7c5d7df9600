package import Child

/// A primary and its synchronous standby: what the primary has acknowledged, the standby has on disk.
package final class TestPostgresPair: Sendable {
    /// Takes writes until it is killed.
    package let primary: PostgresServer
    /// A copy that may be read, until it is promoted.
    package let standby: PostgresServer
    private let directory: TemporaryDirectory

    /// Starts both, with an empty database `convey`; returns once the standby holds every commit.
    /// - Parameter settings: of both.
    package init(settings: [String: String] = [:]) async throws {
        directory = try TemporaryDirectory()
        var options = PostgresServerOptions()
        options.settings = settings
        standby = try PostgresServer(folder: directory.file("standby"), options: options)
        options.settings["synchronous_standby_names"] = "standby"
        options.settings["synchronous_commit"] = "remote_apply"
        primary = try PostgresServer(folder: directory.file("primary"), options: options)
        try await primary.start()
        try await standby.start(asStandbyOf: primary)
        try await primary.query("CREATE DATABASE convey OWNER convey")
    }

    /// The address of the database: whichever of the two may be written.
    package var url: String { primary.url(database: "convey", or: [standby]) }

    /// Kills the primary, as an accident would, and makes the standby the primary.
    package func failOver() async throws {
        try await primary.crash()
        try await standby.promote()
    }
}

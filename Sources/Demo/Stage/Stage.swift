package import Child
import Crypto
import Daemon
import FoundationEssentials
package import HTTP
package import Time

/// A folder in which both real programs run as they would at a merchant's: a private certificate
/// authority, configuration files, keys made on the spot, ports of their own on 127.0.0.1.
///
/// Nothing in the programs knows of it; it speaks to them through their command lines and their ports.
package struct Stage: Sendable {
    /// Everything that the programs write lies below.
    package let folder: String
    /// Where `convey-collector` and `convey-aggregator` lie.
    package let programs: String
    /// Where the aggregator listens, over TLS.
    package let aggregator: Origin
    /// The authority that issued the aggregator's certificate, PEM.
    package let authorityPEM: String
    /// What every program and every command finds in its environment.
    package var environment: [String: String] = [:]
    /// The aggregator's configuration file.
    package let configuration: String
    /// How the aggregator's file is written, also that of a further process.
    let plan: AggregatorPlan

    /// Lays out the folder: certificates, ports, the aggregator's configuration.
    /// - Parameters:
    ///   - names: more names (`host:port`) under which the aggregator may be reached.
    ///   - settings: more lines of the aggregator's configuration.
    ///   - database: where the aggregator keeps what it knows.
    package init(
        folder: String, programs: String, names: [String] = [], settings: String = "",
        database: StageDatabase = .sqlite, clock: any WallClock = SystemClock()
    ) throws {
        self.folder = folder
        self.programs = programs
        try BoundedFile.makeDirectory("\(folder)/logs")
        let now = clock.now()
        let validity = (now - .seconds(86_400 * 2))..<(now + .seconds(86_400 * 30))
        let authority = CertificateAuthority(name: "Convey stage", validity: validity)
        let identity = authority.issue(hosts: ["localhost", "127.0.0.1"], validity: validity)
        authorityPEM = authority.certificatePEM
        aggregator = try Self.origin("https://localhost:\(FreePort.pick())")
        configuration = "\(folder)/aggregator.yaml"
        plan = AggregatorPlan(
            names: names + [aggregator.authority], settings: settings, database: database)
        try write(authorityPEM, to: "authority.pem")
        try write(identity.certificatePEM, to: "aggregator.crt")
        try write(identity.keyPEM, to: "aggregator.key")
        try writeConfiguration(dataDirectory: path("aggregator"))
    }

    /// A stage in a new folder below the machine's folder for temporary files: its path is short
    /// enough for the local sockets in it.
    package static func fresh(
        programs: String, names: [String] = [], settings: String = "",
        database: StageDatabase = .sqlite, clock: any WallClock = SystemClock()
    ) throws -> Stage {
        let base = FileManager.default.temporaryDirectory.path
        let name = UUID().uuidString.prefix(8).lowercased()
        return try Stage(
            folder: "\(base)/convey-\(name)", programs: programs, names: names,
            settings: settings, database: database, clock: clock)
    }

    /// The same stage as seen by a further aggregator process on the same PostgreSQL: a port, a data
    /// directory and a configuration of its own, the same sealing key. The first must have started.
    /// - Parameter number: from 2.
    package func beside(_ number: Int) throws -> Stage {
        let origin = try Self.origin("https://localhost:\(FreePort.pick())")
        return try another(number, at: origin, on: plan.database)
    }

    /// The same stage after its aggregator has moved: the same port, a data directory of its own with the
    /// same sealing key, another database. The caller moves what the database holds.
    /// - Parameter number: from 2; one that no other aggregator of the stage has.
    package func moved(to database: StageDatabase, number: Int) throws -> Stage {
        try another(number, at: aggregator, on: database)
    }

    private func another(
        _ number: Int, at origin: Origin, on database: StageDatabase
    ) throws -> Stage {
        let name = "aggregator-\(number)"
        let other = Stage(self, named: name, at: origin, on: database)
        try BoundedFile.makeDirectory(path(name))
        let key = try BoundedFile.read("\(dataDirectory)/sealing.key", bytesMax: 32)
        try BoundedFile.replace("\(path(name))/sealing.key", with: key)
        try other.writeConfiguration(dataDirectory: path(name))
        return other
    }

    private init(_ first: Stage, named name: String, at origin: Origin, on database: StageDatabase)
    {
        folder = first.folder
        programs = first.programs
        authorityPEM = first.authorityPEM
        environment = first.environment
        aggregator = origin
        configuration = first.path("\(name).yaml")
        var plan = first.plan
        if origin != first.aggregator { plan.names.append(origin.authority) }
        plan.database = database
        self.plan = plan
    }

    /// Where this aggregator process keeps its own files.
    package var dataDirectory: String { path(aggregatorName) }

    /// Removes the folder with everything in it, after all programs have ended.
    package func remove() throws { try FileManager.default.removeItem(atPath: folder) }

    /// A path below the folder.
    package func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes a file below the folder, readable by its owner only.
    package func write(_ text: String, to name: String) throws {
        try BoundedFile.replace(path(name), with: Array(text.utf8))
    }

    /// An origin that is known to be well formed.
    package static func origin(_ url: String) throws -> Origin {
        guard let origin = Origin(url) else {
            throw Program.Fault(description: "\(url) is not an origin")
        }
        return origin
    }

    // MARK: Running the programs

    /// Starts the aggregator and waits until it takes batches.
    package func startAggregator(environment: [String: String] = [:]) async throws -> Program {
        try await start(
            "convey-aggregator", ["serve", "--config", configuration],
            log: aggregatorName, environment: environment)
    }

    /// Runs one of the aggregator's commands; what it printed.
    package func aggregator(_ arguments: [String]) async throws -> String {
        try await output(
            "convey-aggregator", arguments + ["--config", configuration])
    }

    /// Runs one of the aggregator's commands that prints rows with `--json`.
    package func rows(_ arguments: [String]) async throws -> [[String: String]] {
        let text = try await aggregator(arguments)
        return try JSONDecoder().decode([[String: String]].self, from: Data(text.utf8))
    }

    /// Runs one of the programs' commands to its end.
    /// - Parameter program: `convey-aggregator` or `convey-collector`.
    package func command(_ program: String, _ arguments: [String]) async throws -> Program.Outcome {
        let scratch = path("logs/command-\(UUID().uuidString)")
        return try await Program.run(
            "\(programs)/\(program)", arguments, environment: environment, scratch: scratch)
    }

    /// Runs a command that must succeed; what it printed.
    package func output(_ program: String, _ arguments: [String]) async throws -> String {
        let outcome = try await command(program, arguments)
        guard outcome.status == 0 else {
            throw Program.Fault(
                description: """
                    \(program) \(arguments.joined(separator: " ")) ended with \(outcome.status): \
                    \(outcome.errors)
                    """)
        }
        return outcome.output
    }

    /// Starts one of the programs and waits until it says that it is ready.
    package func start(
        _ program: String, _ arguments: [String], log: String,
        environment: [String: String] = [:]
    ) async throws -> Program {
        let started = try Program.start(
            "\(programs)/\(program)", arguments,
            environment: self.environment.merging(environment) { _, own in own },
            log: path("logs/\(log).log"))
        try await started.ready()
        return started
    }
}

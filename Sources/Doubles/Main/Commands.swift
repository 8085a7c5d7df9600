import Daemon
import Doubles
import HTTP

/// This program's version, in logs and `version`.
let doublesVersion = "0.1.0"

private let program = DaemonProgram(
    "convey-doubles", version: doublesVersion,
    does: "stands in for Google's OAuth and Data Manager API, strictly, and fails on request.",
    commands: [
        .init("serve", "Answer until stopped."),
        .init("credential", "Print the credential file that the double takes."),
    ], settings: DoublesConfiguration.settings)

/// Runs one command and says what the process exits with.
func runCommand(_ words: [String]) async -> Int32 {
    await program.run(words) { call in
        do {
            switch call.invocation.command {
            case "credential":
                let credentials = try DoublesConfiguration.credentials(call.configuration)
                Terminal.tell(part: Array(credentials.file.utf8))
                return 0
            default: return try await serve(call.configuration, call.environment)
            }
        } catch let refusal as DoubleRefusal {
            Terminal.complain("The behaviour file is not right. \(refusal.what)")
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
        } catch {
            Terminal.complain("The doubles could not start.")
        }
        return 1
    }
}

private func serve(
    _ configuration: Configuration, _ environment: [String: String]
) async throws -> Int32 {
    let log = Log(
        level: configuration[DoublesConfiguration.logLevel],
        format: configuration[DoublesConfiguration.logFormat])
    defer { log.flush() }
    let listen = DoublesConfiguration.listen
    let metrics = MetricRegistry()
    let operations = OperationsRoutes(metrics, readers: listen.metricsReaders(configuration))
    let google = try GoogleDouble(
        DoublesConfiguration.google(configuration), routes: operations.routes)
    google.counters.publish(in: metrics)
    try google.start(listen.listeners(configuration, try listen.makeTLSContext(configuration)))
    log.notice(
        "The doubles are ready.",
        [
            .version: doublesVersion,
            LogField("ports"): google.ports.map(\.description).joined(separator: " "),
        ])
    ReadinessNotice.ready.send(to: environment["NOTIFY_SOCKET"])
    let group = ServiceGroup(
        [
            ClosureService("http") {
                await untilCancelled()
                await google.stop(within: .seconds(1))
            }
        ], log: log)
    return await group.run(signals: Signals.stream()).exitStatus
}

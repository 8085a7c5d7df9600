import Daemon

/// This program's version, in logs, batches and `version`.
let collectorVersion = "0.1.0"

/// How batches name the program that sent them.
let collectorShipper = "convey-collector/\(collectorVersion)"

/// What can be typed behind `convey-collector`.
enum Commands {
    private static let json = CommandGrammar.Option("json", "As one JSON object.")
    private static let lane = CommandGrammar.Option(
        "lane", value: "LANE", "Only conversion, interaction or pageview.")

    static let grammar = CommandGrammar(
        "convey-collector", "takes a shop's events and delivers them to the aggregator.",
        options: [
            .init(
                "config", value: "FILE",
                "The configuration; /etc/convey/collector.yaml if it is there.")
        ],
        commands: [
            .init("run", "Take events and deliver them until stopped."),
            .init(
                "enroll", operands: ["URL", "TOKEN"],
                options: [
                    .init(
                        "authority", value: "FILE", "The only authority to trust for TLS, as PEM.")
                ],
                "Make this collector known to its aggregator, by a one-time token."),
            .init(
                "status", options: [json], "Say how the running collector stands."),
            .init("buffer status", options: [json], "Say what the buffer holds, running or not."),
            .init("buffer list", options: [lane], "List the runs of events that the buffer holds."),
            .init(
                "buffer export",
                options: [lane, .init("all", "Also events that have a receipt.")],
                "Print the events that wait, one JSON object a line."),
            .init(
                "config check",
                "Say whether the configuration is right, and everything that is wrong."),
            .init("config reference", "Print every setting with its default, as YAML."),
            .init("version", "Print the version."),
        ])
}

/// Runs one command and says what the process exits with: 0 done, 1 failed, 64 not understood,
/// 78 configuration refused.
func runCommand(_ words: [String]) async -> Int32 {
    do throws(CommandRefusal) {
        let invocation = try Commands.grammar.parse(words)
        if let help = invocation.help {
            Terminal.tell(help)
            return 0
        }
        return await run(invocation)
    } catch {
        Terminal.complain("\(error.sentence) Try convey-collector --help.")
        return 64
    }
}

private func run(_ invocation: CommandInvocation) async -> Int32 {
    switch invocation.command {
    case "version":
        Terminal.tell("convey-collector \(collectorVersion)")
        return 0
    case "config reference":
        Terminal.tell(part: Array(CollectorConfiguration.reference.utf8))
        return 0
    default:
        return await runConfigured(invocation)
    }
}

/// Runs a command that needs the configuration.
private func runConfigured(_ invocation: CommandInvocation) async -> Int32 {
    let environment = processEnvironment()
    do throws(ConfigurationRefusal) {
        let configuration = try CollectorConfiguration.load(
            invocation.values["config"], environment: environment)
        switch invocation.command {
        case "config check":
            Terminal.tell("The configuration is right.")
            return 0
        case "run":
            return await Collector(configuration, environment: environment).run()
        case "enroll":
            return await EnrollCommand(CollectorPlace(configuration)).run(
                url: invocation.operands[0], token: invocation.operands[1],
                authorityFile: invocation.values["authority"])
        case "status":
            let place = CollectorPlace(configuration)
            return await StatusCommand(place, wantsJSON: invocation.flags.contains("json")).run()
        default:
            return await runOnBuffer(invocation, configuration)
        }
    } catch {
        for problem in error.problems { Terminal.complain(problem.sentence) }
        return 78
    }
}

/// Runs a command that looks at the buffer.
private func runOnBuffer(
    _ invocation: CommandInvocation, _ configuration: Configuration
) async -> Int32 {
    guard let lanes = BufferCommands.lanes(invocation.values["lane"]) else {
        Terminal.complain("--lane is conversion, interaction or pageview.")
        return 64
    }
    let commands = BufferCommands(configuration)
    return switch invocation.command {
    case "buffer list": commands.list(lanes)
    case "buffer export":
        commands.export(lanes, includesReceipted: invocation.flags.contains("all"))
    default: await commands.status(wantsJSON: invocation.flags.contains("json"))
    }
}

import Daemon

/// This program's version, in logs, batches and `version`.
let collectorVersion = "0.1.0"

/// How batches name the program that sent them.
let collectorShipper = "convey-collector/\(collectorVersion)"

/// The program: its commands and its settings.
enum CollectorProgram {
    private static let json = CommandGrammar.Option("json", "As one JSON object.")
    private static let lane = CommandGrammar.Option(
        "lane", value: "LANE", "Only conversion, interaction or pageview.")

    static let program = DaemonProgram(
        "convey-collector", version: collectorVersion,
        does: "takes a shop's events and delivers them to the aggregator.",
        commands: [
            .init(
                "run",
                options: [
                    .init("dev", "Show what is sent by this machine, keep and deliver nothing.")
                ],
                "Take events and deliver them until stopped."),
            .init(
                "enroll", operands: ["URL", "TOKEN"],
                options: [
                    .init(
                        "authority", value: "FILE", "The only authority to trust for TLS, as PEM.")
                ],
                "Make this collector known to its aggregator, by a one-time token."),
            .init("keys show", options: [json], "Show this collector's key by its fingerprint."),
            .init(
                "keys rotate", "Sign with a new key, which the aggregator takes beside the old one."
            ),
            .init(
                "trust", operands: ["FINGERPRINT"],
                options: [
                    .init("authority", value: "FILE", "Another authority to trust for TLS, as PEM.")
                ],
                "Pin another key of the aggregator; everything is kept."),
            .init(
                "doctor", options: [json],
                "Look at everything that the collector needs, and say what to do."),
            .init("status", options: [json], "Say how the running collector stands."),
            .init("buffer status", options: [json], "Say what the buffer holds, running or not."),
            .init(
                "buffer list",
                options: [
                    lane, .init("quarantine", "What the aggregator could not read, instead."),
                ],
                "List the runs of events that the buffer holds."),
            .init(
                "buffer export",
                options: [lane, .init("all", "Also events that have a receipt.")],
                "Print the events that wait, one JSON object a line."),
            .init(
                "buffer verify", options: [json],
                "Read all that the buffer holds and name what is wrong, running or not."),
            .init(
                "buffer salvage",
                options: [
                    .init(
                        "file", value: "FILE", "A damaged buffer; this collector's own otherwise.")
                ],
                "Store what can be read of a damaged buffer, once."),
            .init(
                "buffer requeue",
                options: [json, .init("file", value: "NAME", "Only this batch.")],
                "Put batches back into the line that were set aside, after they were mended."),
        ], settings: CollectorConfiguration.settings)
}

/// Runs one command and says what the process exits with: 0 done, 1 failed, 64 not understood,
/// 78 configuration refused.
func runCommand(_ words: [String]) async -> Int32 {
    await CollectorProgram.program.run(words) { call in
        let (invocation, configuration) = (call.invocation, call.configuration)
        switch invocation.command {
        case "run":
            return invocation.flags.contains("dev")
                ? await DevCollector(call).run() : await Collector(call).run()
        case "enroll":
            return await EnrollCommand(CollectorPlace(configuration)).run(
                url: invocation.operands[0], token: invocation.operands[1],
                authorityFile: invocation.values["authority"])
        case "keys show":
            return KeysCommand(CollectorPlace(configuration)).show(
                wantsJSON: invocation.flags.contains("json"))
        case "keys rotate":
            return await KeysCommand(CollectorPlace(configuration)).rotate()
        case "trust":
            return await TrustCommand(CollectorPlace(configuration)).run(
                fingerprint: invocation.operands[0],
                authorityFile: invocation.values["authority"])
        case "doctor":
            return await Doctor(configuration).run(wantsJSON: invocation.flags.contains("json"))
        case "status":
            let place = CollectorPlace(configuration)
            return await StatusCommand(place, wantsJSON: invocation.flags.contains("json")).run()
        default:
            return await runOnBuffer(invocation, configuration)
        }
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
    case "buffer list" where invocation.flags.contains("quarantine"):
        QuarantineList(commands.place).run(lanes)
    case "buffer list": commands.list(lanes)
    case "buffer export":
        commands.export(lanes, includesReceipted: invocation.flags.contains("all"))
    case "buffer salvage":
        await BufferOrderCommand(configuration).salvage(invocation.values["file"])
    case "buffer requeue":
        await BufferOrderCommand(configuration).requeue(
            invocation.values["file"], wantsJSON: invocation.flags.contains("json"))
    case "buffer verify":
        BufferVerifyCommand(commands.place).run(wantsJSON: invocation.flags.contains("json"))
    default: await commands.status(wantsJSON: invocation.flags.contains("json"))
    }
}

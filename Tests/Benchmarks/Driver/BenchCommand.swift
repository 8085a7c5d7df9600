import Daemon
import FoundationEssentials

/// Reads the command line and runs the parts that it asks for.
enum BenchCommand {
    private static let options: [CommandGrammar.Option] = [
        .init("quick", "Short rounds: figures are rough, counts are the same."),
        .init("rounds", value: "N", "Rounds of each measurement; medians are shown."),
        .init(
            "only", value: "TEXT",
            "Only rows of the intake, of ingest or of one conversion anew that contain this text."),
        .init("folder", value: "PATH", "Where databases are made; on the disk to be measured."),
        .init("programs", value: "PATH", "Folder of the programs; that of convey-bench otherwise."),
    ]

    private static let stored = CommandGrammar.Option(
        "stored", value: "N", "Events in the aggregator before its last measurement.")

    static let grammar = CommandGrammar(
        "convey-bench", "measures Convey beside bare baselines in the same run.",
        options: options,
        commands: [.init("all", options: [stored], "Run every part.")]
            + Part.all.map { part in
                .init(part.name, options: part.takesStored ? [stored] : [], part.sentence)
            }
            + [.init("report", "Write docs/benchmarks.md from the newest result of each part.")]
            + Helper.commands)

    static func run(_ words: [String]) async -> Int32 {
        do {
            let invocation = try grammar.parse(words.isEmpty ? ["all"] : words)
            if let help = invocation.help {
                StandardOutput.write(help)
                return 0
            }
            if let helper = Helper(rawValue: invocation.command) {
                return try await helper.run(invocation)
            }
            return try await run(invocation)
        } catch let refusal as CommandRefusal {
            StandardOutput.complain(refusal.sentence)
            return 64
        } catch {
            StandardOutput.complain("\(error)")
            return 1
        }
    }

    private static func run(_ invocation: CommandInvocation) async throws -> Int32 {
        let bench = try Bench(invocation)
        bench.cores.pinToLoad()
        let wanted = Part.all.filter { ["all", $0.name].contains(invocation.command) }
        var violations: [String] = []
        for part in wanted {
            StandardOutput.complain("== \(part.name): \(part.sentence)")
            do {
                let result = try await part.measure(bench)
                try bench.results.keep(result)
                StandardOutput.write(Markdown.section(result))
                violations += try bench.thresholds.violations(of: result)
            } catch let missing as MissingProgram where wanted.count > 1 {
                StandardOutput.complain("\(part.name) is left out: \(missing)")
            }
        }
        try bench.results.writeReport()
        for violation in violations { StandardOutput.complain(violation) }
        return violations.isEmpty ? 0 : 1
    }
}

import Daemon

/// The program `convey-aggregator`.
@main enum Main {
    static func main() { startAggregator() }
}

/// An ordinary function, since a closure made in `main` would belong to the main actor.
private func startAggregator() -> Never {
    runProgram { await runCommand(Array(CommandLine.arguments.dropFirst())) }
}

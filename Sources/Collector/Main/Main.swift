import Daemon

/// The program `convey-collector`.
@main enum Main {
    static func main() { startCollector() }
}

/// An ordinary function, since a closure made in `main` would belong to the main actor.
private func startCollector() -> Never {
    runProgram { await runCommand(Array(CommandLine.arguments.dropFirst())) }
}

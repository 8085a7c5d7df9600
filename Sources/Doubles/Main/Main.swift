import Daemon

/// The program `convey-doubles`: stand-ins of the ad platforms, for trying and testing.
@main enum Main {
    static func main() { startDoubles() }
}

/// An ordinary function, since a closure made in `main` would belong to the main actor.
private func startDoubles() -> Never {
    runProgram { await runCommand(Array(CommandLine.arguments.dropFirst())) }
}

import Daemon

/// The program `convey-demo`: what `make run` shows.
@main enum Main {
    static func main() { startDemo() }
}

/// An ordinary function, since a closure made in `main` would belong to the main actor.
private func startDemo() -> Never {
    runProgram { await runDemo() }
}

/// 0 when the books balance, 1 when they do not or something failed.
private func runDemo() async -> Int32 {
    do {
        let database = try DemoDatabase(named: CommandLine.arguments.dropFirst().first ?? "sqlite")
        let demo = try Demo(on: database, isWatched: Terminal.isWatched)
        return try await demo.run() ? 0 : 1
    } catch {
        Terminal.complain("The demonstration failed: \(error)")
        return 1
    }
}

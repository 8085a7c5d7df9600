private import Glibc

/// Runs a whole program: the body on Swift's own threads, signals kept for `Signals.stream()`, and
/// the process ended with the status that the body returns. Called by `main`, first and last.
///
/// `main` is not `async` itself: the runtime's main loop would let every signal through on the main
/// thread, where SIGTERM kills at once. So nothing of a program runs on the main actor.
///
/// What the program makes is readable by its own user only.
package func runProgram(_ body: @escaping @Sendable () async -> Int32) -> Never {
    Signals.prepare()
    _ = umask(0o077)
    Task { exit(await body()) }
    while true { pause() }
}

import Foundation

/// Holds a thread until another opens it: for closures that run on threads of their own and cannot
/// `await`. Opened once, it stays open.
package final class Latch: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Makes a closed latch.
    package init() {}

    /// Lets everyone pass from now on.
    package func open() { semaphore.signal() }

    /// Waits until the latch is open; a minute at most, so that a wrong test ends.
    package func wait() {
        precondition(semaphore.wait(timeout: .now() + 60) == .success, "Nobody opened the latch.")
        semaphore.signal()
    }
}

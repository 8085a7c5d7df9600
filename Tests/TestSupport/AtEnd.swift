import Foundation
import Synchronization

/// What is done when this test process ends by itself: for what it shares, which no reference ends.
enum AtEnd {
    private static let tasks = Mutex<[@Sendable () -> Void]>([])
    private static let isRegistered: Bool = atexit { runAtEnd() } == 0

    /// Adds something to do, on the thread that ends the process.
    static func perform(_ task: @escaping @Sendable () -> Void) {
        precondition(isRegistered, "The process takes one more thing to do at its end.")
        tasks.withLock { $0.append(task) }
    }

    fileprivate static func run() {
        let all = tasks.withLock { $0 }
        for task in all { task() }
    }
}

/// A free function, since a closure given to C may inherit an actor's check.
private func runAtEnd() { AtEnd.run() }

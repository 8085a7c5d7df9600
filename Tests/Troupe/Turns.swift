import Foundation
import Synchronization
package import Testing

/// Lets only so many tests with real programs run at a time: each starts several, and a machine that
/// thrashes proves nothing.
package struct TakesTurns: SuiteTrait, TestTrait, TestScoping {
    /// Each test of a suite takes its own.
    package var isRecursive: Bool { true }

    private static let turns = Turns(max(4, 2 * ProcessInfo.processInfo.activeProcessorCount))

    /// Waits for a turn, and gives it to the next in the end.
    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.take()
        defer { Self.turns.give() }
        try await function()
    }
}

extension Trait where Self == TakesTurns {
    /// Only so many at a time, of all suites that say so.
    package static var inTurn: Self { TakesTurns() }
}

/// Turns are given in the order in which they are asked for.
private final class Turns: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) { state = Mutex((count, [])) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

import Daemon
import Synchronization
import Testing

/// Goal: what is handed in runs in order on one thread that is not the pool's. Method: an actor and
/// closures that look at where they run.
@Suite struct ThreadExecutorTests {
    private actor Counter: ThreadActor {
        let executor: ThreadExecutor
        var seen: [Int] = []
        init(on executor: ThreadExecutor) { self.executor = executor }
        func add(_ number: Int) { seen.append(number) }
        func isOnItsThread() -> Bool { executor.isIsolatingCurrentContext() == true }
        nonisolated func addFromThread(_ number: Int) {
            executor.perform { self.assumeIsolated { $0.seen.append(number) } }
        }
    }

    @Test func anActorRunsOnItsThread() async {
        let executor = ThreadExecutor(name: "test")
        let counter = Counter(on: executor)
        #expect(await counter.isOnItsThread())
        #expect(executor.isIsolatingCurrentContext() == false)
    }

    @Test func closuresAndActorShareOneOrder() async {
        let counter = Counter(on: ThreadExecutor(name: "test"))
        for number in 0..<100 {
            counter.addFromThread(2 * number)
            await counter.add(2 * number + 1)
        }
        #expect(await counter.seen == Array(0..<200))
    }

    @Test func givesBackWhatTheClosureReturnsOrThrows() async throws {
        enum Refusal: Error { case no }
        let executor = ThreadExecutor(name: "a name of more than fifteen bytes")
        #expect(await executor.run { 42 } == 42)
        await #expect(throws: Refusal.no) {
            try await executor.run { () throws(Refusal) -> Int in throw .no }
        }
    }

    @Test func stopRunsAllThatWasHandedInBefore() {
        let executor = ThreadExecutor(name: "test")
        let sum = Counted()
        for _ in 0..<1000 { executor.perform { sum.increase() } }
        executor.stop()
        #expect(sum.value == 1000)
    }

    @Test func anExecutorMayBeReleasedOnItsOwnThread() async {
        let sum = Counted()
        for _ in 0..<100 {
            let executor = ThreadExecutor(name: "test")
            await executor.run {
                sum.increase()
                _ = executor
            }
        }
        #expect(sum.value == 100)
    }
}

/// A number that many threads may raise.
final class Counted: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func increase() { number.withLock { $0 += 1 } }
}

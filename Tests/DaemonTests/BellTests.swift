import Daemon
import TestSupport
import Testing

/// Goal: work is never slept through. Method: ring before, during and after a wait on a manual clock.
@Suite struct BellTests {
    private let clock = ManualClock()

    @Test func aRingBeforeTheWaitIsKept() async {
        let bell = Bell()
        bell.ring()
        bell.ring()
        await bell.wait(atMost: .seconds(3600), by: clock)
    }

    @Test func manyRingsAreOne() async {
        let bell = Bell()
        bell.ring()
        bell.ring()
        await bell.wait(atMost: .seconds(3600), by: clock)
        async let second: Void = bell.wait(atMost: .seconds(1), by: clock)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(1))
        await second
        #expect(clock.now.offset == .seconds(1), "Only the clock ended the second wait.")
    }

    @Test func aRingEndsTheWait() async {
        let bell = Bell()
        async let wait: Void = bell.wait(atMost: .seconds(3600), by: clock)
        await clock.sleepers(atLeast: 1)
        bell.ring()
        await wait
        #expect(clock.now.offset == .zero)
    }

    @Test func aCancelledTaskWaitsNoLonger() async {
        let bell = Bell()
        let clock = clock
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(atMost: .seconds(3600), by: clock) }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
        }
        #expect(clock.now.offset == .zero)
    }
}

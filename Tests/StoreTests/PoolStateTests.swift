import Testing

@testable import Store

/// Goal: a pool gives each connection to one at a time, in the order of coming, and keeps nobody waiting
/// longer than agreed. Method: drive the state by hand; it has no clock.
@Suite struct PoolStateTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func givesOutEveryConnectionOnce() {
        var pool = PoolState<String>(size: 2, waitersMax: 10)
        #expect(pool.add("a", until: at(5)) == .run(connection: 0))
        #expect(pool.add("b", until: at(5)) == .run(connection: 1))
        #expect(pool.add("c", until: at(5)) == .wait)
        #expect((pool.inUse, pool.waiting) == (2, 1))
    }

    @Test func servesWhoWaitsInTheOrderOfComing() {
        var pool = PoolState<String>(size: 1, waitersMax: 10)
        _ = pool.add("a", until: at(5))
        _ = pool.add("b", until: at(6))
        _ = pool.add("c", until: at(7))
        #expect(pool.finish(0) == "b")
        #expect(pool.finish(0) == "c")
        #expect(pool.finish(0) == nil)
        #expect((pool.inUse, pool.waiting) == (0, 0))
        #expect(pool.add("d", until: at(8)) == .run(connection: 0))
    }

    @Test func givesUpThoseWhoseTimeIsOverAndNoOther() {
        var pool = PoolState<String>(size: 1, waitersMax: 10)
        _ = pool.add("a", until: at(5))
        _ = pool.add("b", until: at(6))
        _ = pool.add("c", until: at(7))
        #expect(pool.nextDeadline == at(6))
        #expect(pool.expire(at: at(5)).isEmpty)
        #expect(pool.expire(at: at(6)) == ["b"])
        #expect(pool.nextDeadline == at(7))
        #expect(pool.finish(0) == "c")
        #expect(pool.nextDeadline == nil)
    }

    @Test func refusesOneMoreThanMayWait() {
        var pool = PoolState<String>(size: 1, waitersMax: 1)
        _ = pool.add("a", until: at(5))
        #expect(pool.add("b", until: at(5)) == .wait)
        #expect(pool.add("c", until: at(5)) == .refuse(.overloaded))
    }

    @Test func servesWhoWaitsAfterItIsClosedAndTakesNobodyElse() {
        var pool = PoolState<String>(size: 1, waitersMax: 5)
        _ = pool.add("a", until: at(5))
        _ = pool.add("b", until: at(5))
        pool.close()
        #expect(pool.add("c", until: at(5)) == .refuse(.closed))
        #expect(pool.finish(0) == "b")
    }
}

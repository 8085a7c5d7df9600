/// Decides who gets which connection of a pool, and who has waited too long. Knows no thread, clock or
/// connection.
struct PoolState<Waiter> {
    /// What becomes of who comes.
    enum Decision: Equatable {
        case run(connection: Int)
        case wait
        case refuse(StoreFault.Kind)
    }

    private let waitersMax: Int
    private var idle: [Int]
    private var waiters: [(waiter: Waiter, deadline: ContinuousClock.Instant)] = []
    private(set) var isClosed = false
    let size: Int

    init(size: Int, waitersMax: Int) {
        precondition(size > 0, "A pool has a connection.")
        self.size = size
        self.waitersMax = waitersMax
        idle = Array((0..<size).reversed())
    }

    var inUse: Int { size - idle.count }
    var waiting: Int { waiters.count }
    /// When the first gives up who waits.
    var nextDeadline: ContinuousClock.Instant? { waiters.first?.deadline }

    /// Somebody comes. Deadlines never fall from one call to the next.
    mutating func add(_ waiter: Waiter, until deadline: ContinuousClock.Instant) -> Decision {
        if isClosed { return .refuse(.closed) }
        if let connection = idle.popLast() { return .run(connection: connection) }
        if waiters.count >= waitersMax { return .refuse(.overloaded) }
        waiters.append((waiter, deadline))
        return .wait
    }

    /// A connection is done: the next who may have it; nil where it rests.
    mutating func finish(_ connection: Int) -> Waiter? {
        guard waiters.isEmpty else { return waiters.removeFirst().waiter }
        idle.append(connection)
        return nil
    }

    /// Those whose time is over.
    mutating func expire(at now: ContinuousClock.Instant) -> [Waiter] {
        let count = waiters.prefix { $0.deadline <= now }.count
        defer { waiters.removeFirst(count) }
        return waiters.prefix(count).map(\.waiter)
    }

    /// Nobody comes any more; who waits is served.
    mutating func close() { isClosed = true }
}

import Synchronization

/// Counts answers, and wakes who waits for so many more.
final class Progress: Sendable {
    private struct State {
        var isOver = false
        var count = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// How many there were.
    var count: Int { state.withLock { $0.count } }
    /// Whether nobody waits any more.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Counts one.
    func note() {
        let ready = state.withLock { state in
            state.count += 1
            let ready = state.watchers.filter { $0.count <= state.count }
            state.watchers.removeAll { $0.count <= state.count }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }

    /// Returns after so many more, or when all is over.
    func more(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.watchers.append((state.count + count, continuation)) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// Wakes everybody.
    func end() {
        let watchers = state.withLock { state in
            state.isOver = true
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.continuation.resume() }
    }
}

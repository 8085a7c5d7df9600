import Synchronization

/// Shops that bring visit after visit until they are told to stop.
final class Load: Sendable {
    private let rehearsal: Rehearsal
    private let seed: UInt64
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        var visits = 0
        var watchers: [(visits: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private init(_ rehearsal: Rehearsal, seed: UInt64) {
        (self.rehearsal, self.seed) = (rehearsal, seed)
    }

    /// Brings visits to both shops for as long as something is done meanwhile.
    static func on(
        _ rehearsal: Rehearsal, seed: UInt64, during body: (Load) async throws -> Void
    ) async throws {
        let load = Load(rehearsal, seed: seed)
        try await withThrowingTaskGroup { group in
            for number in 0..<4 { group.addTask { try await load.run(number) } }
            defer { load.stop() }
            try await body(load)
            load.stop()
            try await group.waitForAll()
        }
    }

    /// Brings visits, one after another.
    private func run(_ number: Int) async throws {
        var visit: UInt64 = 0
        while !state.withLock({ $0.isOver }) {
            visit += 1
            let own = seed &* 1_000_003 &+ UInt64(number) << 32 &+ visit
            try await rehearsal.bring(visits: 1, seed: own, shop: number % 2)
            note()
        }
    }

    private func stop() {
        let watchers = state.withLock { state in
            state.isOver = true
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Returns after so many more visits were brought.
    func answers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.watchers.append((state.visits + count, continuation))
            }
        }
    }

    private func note() {
        let ready = state.withLock { state in
            state.visits += 1
            let ready = state.watchers.filter { $0.visits <= state.visits }
            state.watchers.removeAll { $0.visits <= state.visits }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }
}

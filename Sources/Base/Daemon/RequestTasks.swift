import Synchronization

/// The one place where a request becomes a task of its own; so many at once and no more.
package final class RequestTasks: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var ended: Set<UInt64> = []
        var running = 0
        var next: UInt64 = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Most tasks that run at once.
    package let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: 1 or more; the request beyond it is for the caller to refuse with 503.
    package init(limit: Int) {
        precondition(limit >= 1, "At least one request must be able to run.")
        self.limit = limit
    }

    /// How many run now.
    package var running: Int { state.withLock { $0.running } }

    /// Starts the closure as a task; called from any thread, also from a loop's.
    /// - Returns: false, and nothing was started, when `limit` tasks run or `stop()` was called.
    package func start(_ body: @escaping @Sendable () async -> Void) -> Bool {
        let id: UInt64? = state.withLock { state in
            guard !state.isClosed, state.running < limit else { return nil }
            state.running += 1
            state.next += 1
            return state.next
        }
        guard let id else { return false }
        let task = Task {
            await body()
            self.end(id)
        }
        keep(task, as: id)
        return true
    }

    /// Starts nothing more, and waits for all that run; they are cancelled when the caller is.
    package func stop() async {
        state.withLock { $0.isClosed = true }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIdle = state.withLock { state in
                    guard state.running > 0 else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isIdle { continuation.resume() }
            }
        } onCancel: {
            cancelAll()
        }
    }

    /// Cancels every task that runs now; each decides how soon it ends.
    package func cancelAll() {
        for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
    }

    /// A task may have ended before its handle is known here.
    private func keep(_ task: Task<Void, Never>, as id: UInt64) {
        state.withLock { state in
            if state.ended.remove(id) == nil { state.tasks[id] = task }
        }
    }

    private func end(_ id: UInt64) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.tasks.removeValue(forKey: id) == nil { state.ended.insert(id) }
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

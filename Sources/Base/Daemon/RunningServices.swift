import Synchronization

/// The tasks of a group's services: started together, cancelled one by one from the last.
final class RunningServices: Sendable {
    enum Event: Sendable, Equatable {
        /// Somebody asks to stop.
        case stop
        /// A service ended though nobody asked it to.
        case ended(service: String)
        /// All have ended after they were asked to.
        case stopped
        /// The time to stop in is over.
        case deadline
    }

    private struct State {
        var tasks: [(name: String, task: Task<Void, Never>)] = []
        var unfinished: Set<String> = []
        var asked: Set<String> = []
    }

    let events = AsyncStream<Event>.makeStream()
    private let log: Log
    private let state = Mutex(State())

    init(log: Log) { self.log = log }

    /// Names of the services that have not returned, in alphabetical order.
    var unfinished: [String] { state.withLock { $0.unfinished.sorted() } }

    func start(
        _ services: [any Service]
    ) -> (stream: AsyncStream<Event>, continuation: AsyncStream<Event>.Continuation) {
        precondition(
            Set(services.map(\.name)).count == services.count, "Two services bear one name.")
        state.withLock { $0.unfinished = Set(services.map(\.name)) }
        for service in services {
            let task = Task { await self.run(service) }
            state.withLock { $0.tasks.append((service.name, task)) }
        }
        return events
    }

    /// Asks each service to finish and waits for it, from the last to the first.
    func stopInReverse() {
        Task {
            for (name, task) in state.withLock({ $0.tasks.reversed() }) {
                state.withLock { _ = $0.asked.insert(name) }
                task.cancel()
                await task.value
            }
            events.continuation.yield(.stopped)
        }
    }

    private func run(_ service: any Service) async {
        do {
            try await service.run()
            end(service.name, because: nil)
        } catch {
            end(service.name, because: error)
        }
    }

    private func end(_ name: String, because error: (any Error)?) {
        let wasAsked = state.withLock { state in
            state.unfinished.remove(name)
            return state.asked.contains(name)
        }
        if let error, !(wasAsked && error is CancellationError) { report(error, of: name) }
        guard !wasAsked else { return }
        if error == nil { log.error("A service ended by itself.", [.service: name]) }
        events.continuation.yield(.ended(service: name))
    }

    private func report(_ error: any Error, of name: String) {
        log.error("A service failed.", service: name, because: error)
    }
}

import Synchronization

/// Something that other parts of the program, and other programs on the same database, want to hear of
/// when it is committed: that settings changed, say. Names are ours.
package struct StoreSignal: Sendable, Hashable {
    let name: String

    /// - Parameter name: lower-case letters and underscores.
    package init(_ name: StaticString) { self.name = "\(name)" }
}

extension Store {
    /// Runs until it is cancelled, and calls `heard` for each of the signals that is announced, by
    /// whatever process; and for all of them at the start and after every time in which one could have
    /// been missed.
    ///
    /// A signal may come twice. With PostgreSQL one may be late by as long as a broken connection
    /// takes to be noticed: who needs a bound looks by itself, too.
    package func listen(
        to signals: [StoreSignal], heard: @escaping @Sendable (StoreSignal) -> Void
    ) async {
        let wanted = Set(signals)
        let heardNames = AsyncStream<String?> { continuation in
            let end = engine.listen { continuation.yield($0) }
            continuation.onTermination = { _ in end() }
        }
        for await name in heardNames {
            for signal in wanted where name == nil || signal.name == name { heard(signal) }
        }
    }
}

/// Who listens in this process.
final class SignalHub: Sendable {
    private struct State {
        var listeners: [Int: @Sendable (String?) -> Void] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// - Returns: ends the listening.
    func add(_ listener: @escaping @Sendable (String?) -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.count += 1
            state.listeners[state.count] = listener
            return state.count
        }
        listener(nil)
        return { self.state.withLock { $0.listeners[number] = nil } }
    }

    func tell(_ names: [String]) {
        guard !names.isEmpty else { return }
        let listeners = state.withLock { $0.listeners.values.map(\.self) }
        for name in Set(names) {
            for listener in listeners { listener(name) }
        }
    }
}

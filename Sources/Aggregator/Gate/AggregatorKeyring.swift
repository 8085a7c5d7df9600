package import ConveyProtocol
package import Crypto
import Synchronization

/// The key that answers are signed with, and the statements that lead to it. Both change together while
/// the aggregator runs; from any thread.
package final class AggregatorKeyring: Sendable {
    private let state: Mutex<State>

    private struct State {
        var key: SigningKey
        var history: KeyHistory
    }

    /// - Parameter history: ends with the key, or is empty.
    package init(_ key: SigningKey, history: KeyHistory = KeyHistory()) {
        state = Mutex(State(key: key, history: history))
    }

    /// What the next answer is signed with.
    package var key: SigningKey { state.withLock { $0.key } }

    /// What everybody may know.
    package var keys: AggregatorKeys {
        state.withLock { AggregatorKeys(key: $0.key.verifyingKey, history: $0.history) }
    }

    /// Puts another key in force, once the statement of it is on the disk.
    package func use(_ key: SigningKey, history: KeyHistory) {
        state.withLock { $0 = State(key: key, history: history) }
    }
}

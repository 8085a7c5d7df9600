import Synchronization

/// Whose turn it is among those that have something due: everybody once before anybody twice, so that
/// the one with much to do holds up nobody.
final class FairTurns<ID: Hashable & Sendable>: Sendable {
    private let served = Mutex<Set<ID>>([])

    /// Those whose turn it is, in the order given: the ones that were not served in this round, or all
    /// where the round is over.
    func order(_ due: [ID]) -> [ID] {
        served.withLock { served in
            let waiting = due.filter { !served.contains($0) }
            if waiting.isEmpty { served = [] }
            return waiting.isEmpty ? due : waiting
        }
    }

    /// Notes that somebody was served.
    func took(_ id: ID) { served.withLock { _ = $0.insert(id) } }
}

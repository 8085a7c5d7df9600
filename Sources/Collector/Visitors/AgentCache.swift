import ConveyProtocol
import Synchronization

/// Remembers what was told of a program: a shop's visitors share a few hundred user agents. Bounded by
/// two generations: when the younger is full, the older is forgotten.
final class AgentCache: Sendable {
    static let generationMax = 1024

    private struct State {
        var young: [AgentEvidence: ClientFacts] = [:]
        var old: [AgentEvidence: ClientFacts] = [:]
    }

    private let state = Mutex(State())

    /// How many are remembered; at most twice a generation.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    func facts(of evidence: AgentEvidence) -> ClientFacts {
        if let known = known(evidence) { return known }
        let facts = AgentReader.facts(of: evidence)
        remember(facts, of: evidence)
        return facts
    }

    private func known(_ evidence: AgentEvidence) -> ClientFacts? {
        let (young, old) = state.withLock { state -> (ClientFacts?, ClientFacts?) in
            if let facts = state.young[evidence] { return (facts, nil) }
            return (nil, state.old[evidence])
        }
        if let old { remember(old, of: evidence) }
        return young ?? old
    }

    private func remember(_ facts: ClientFacts, of evidence: AgentEvidence) {
        state.withLock { state in
            if state.young.count >= Self.generationMax {
                state.old = state.young
                state.young.removeAll(keepingCapacity: true)
            }
            state.young[evidence] = facts
        }
    }
}

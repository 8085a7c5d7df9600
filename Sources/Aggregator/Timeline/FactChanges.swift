/// What recording changed.
package struct FactChanges: Sendable, Equatable {
    /// Facts that are there now and were not before, or not so.
    package let written: [Fact]
    /// Facts that are no longer there: replaced by another copy of their event, or by an earlier visit.
    package let gone: [Fact]

    /// Names what changed, for tests of other rooms as well.
    package init(written: [Fact], gone: [Fact] = []) {
        self.written = written
        self.gone = gone
    }

    /// Whether nothing changed.
    package var isEmpty: Bool { written.isEmpty && gone.isEmpty }

    /// The short numbers of the sites whose facts changed, ascending.
    package var sites: [Int64] { Set((written + gone).map(\.name.site)).sorted() }
}

/// Decides what a chunk's events do to the facts. Pure.
///
/// Of the copies of an event the one that counts leaves its fact, if any. Of the plain events of a
/// visitor's session the first by time and name stands for the visit.
struct FactPlan {
    /// To be removed first.
    private(set) var gone: [StoredFact] = []
    /// To be added then.
    private(set) var written: [Fact] = []

    /// - Parameters:
    ///   - facts: of events that count, each name once.
    ///   - stored: what is there under their names.
    ///   - visits: what stands for their visits so far.
    init(_ facts: [Fact], stored: [StoredFact], visits: [StoredFact]) {
        let names = Set(facts.map(\.name))
        var first: [DerivedID: Fact] = [:]
        for visit in visits where !names.contains(visit.fact.name) {
            if let id = visit.fact.visit { first[id] = visit.fact }
        }
        for fact in facts {
            guard let id = fact.visit else { continue }
            if let other = first[id], Fact.isBefore(other, fact) { continue }
            first[id] = fact
        }
        let wanted = facts.filter { fact in
            switch fact.standing {
            case .evidence: true
            case .visit: fact.visit.flatMap { first[$0]?.name } == fact.name
            case .nothing: false
            }
        }
        let old = Dictionary(stored.map { ($0.fact.name, $0) }) { first, _ in first }
        written = wanted.filter { old[$0.name]?.fact != $0 }
        let kept = Set(wanted.map(\.name)).subtracting(written.map(\.name))
        gone = stored.filter { !kept.contains($0.fact.name) }
        gone += visits.filter { visit in
            !names.contains(visit.fact.name)
                && visit.fact.visit.flatMap { first[$0]?.name } != visit.fact.name
        }
    }
}

extension Fact {
    /// Names the visit that this may stand for; nil for other facts.
    var visit: DerivedID? {
        guard isVisit, let visitor, let session else { return nil }
        return DerivedID("visit", .integer(name.site), .text(visitor), .text(session))
    }
}

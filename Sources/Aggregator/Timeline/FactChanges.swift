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

/// A fact to be recorded, with what follows from it, which is worked out once: best before anybody waits
/// for the writer.
package final class Candidate: Sendable {
    let fact: Fact
    let keys: [FactKey]
    let standing: Fact.Standing
    /// The visit that it may stand for; nil for other facts.
    let visit: DerivedID?

    /// Looks a fact through.
    package init(_ fact: Fact) {
        self.fact = fact
        keys = fact.keys
        standing = fact.standing(with: keys)
        visit = standing == .visit ? fact.visit : nil
    }

    var name: Fact.Name { fact.name }

    /// The short number of the site whose fact it is.
    package var site: Int64 { name.site }
}

/// Decides what a chunk's events do to the facts. Pure.
///
/// Of the copies of an event the one that counts leaves its fact, if any. Of the plain events of a
/// visitor's session the first by time and name stands for the visit.
struct FactPlan {
    /// To be removed first.
    private(set) var gone: [StoredFact] = []
    /// To be added then.
    private(set) var written: [Candidate] = []

    /// - Parameters:
    ///   - candidates: of events that count, each name once.
    ///   - stored: what is there under their names.
    ///   - visits: what stands for their visits so far.
    init(_ candidates: [Candidate], stored: [StoredFact], visits: [StoredFact]) {
        let names = Set(candidates.map(\.name))
        let others = visits.filter { !names.contains($0.fact.name) }
        var first: [DerivedID: Candidate] = [:]
        for candidate in others.map({ Candidate($0.fact) }) + candidates {
            guard let id = candidate.visit else { continue }
            if let other = first[id], Fact.isBefore(other.fact, candidate.fact) { continue }
            first[id] = candidate
        }
        let standing = Set(first.values.map(\.name))
        let wanted = candidates.filter { candidate in
            switch candidate.standing {
            case .evidence: true
            case .visit: standing.contains(candidate.name)
            case .nothing: false
            }
        }
        let old = Dictionary(stored.map { ($0.fact.name, $0) }) { first, _ in first }
        written = wanted.filter { old[$0.name]?.fact != $0.fact }
        let kept = Set(wanted.map(\.name)).subtracting(written.map(\.name))
        gone = stored.filter { !kept.contains($0.fact.name) }
        gone += others.filter { !standing.contains($0.fact.name) }
    }
}

extension Fact {
    /// Names a visitor's session; nil where one of them is unknown.
    fileprivate var visit: DerivedID? {
        guard let visitor, let session else { return nil }
        return DerivedID("visit", .integer(name.site), .text(visitor), .text(session))
    }
}

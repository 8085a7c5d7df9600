import Time
import Timeline

/// Finds the landings of marked clicks: marks that one event showed for the first time together are
/// one landing; a mark that a later event carries along is none.
struct ClickLandings {
    struct Landing {
        let marks: Set<Visit.Mark>
        /// The first sight of the marks.
        let at: Timestamp
        /// Places of all visits that hold one of the marks, in their order.
        let visits: [Int]
        /// Where the shopper landed: with the first of these visits, or by an address with the mark.
        let scopes: Set<Visit.Scope>

        var smallestKey: String { marks.min()?.key.value ?? "" }
    }

    private let visits: [Visit]
    private let firstSights: [FactKey: Timestamp]

    /// - Parameter visits: by time and name.
    init(_ visits: [Visit], _ firstSights: [FactKey: Timestamp]) {
        self.visits = visits
        self.firstSights = firstSights
    }

    func all() -> [Landing] {
        var places: [Visit.Mark: [Int]] = [:]
        for (place, visit) in visits.enumerated() {
            for mark in visit.marks { places[mark, default: []].append(place) }
        }
        let sights = Dictionary(
            uniqueKeysWithValues: places.map { mark, places in
                let own = visits[places[0]].at
                return (mark, min(own, firstSights[mark.key] ?? own))
            })
        return groups(of: sights).map { marks in landing(marks, sights, places) }
    }

    private func landing(
        _ marks: Set<Visit.Mark>, _ sights: [Visit.Mark: Timestamp], _ places: [Visit.Mark: [Int]]
    ) -> Landing {
        let own = Set(marks.flatMap { places[$0] ?? [] }).sorted()
        let addressed = own.filter { visits[$0].isAddressed(by: marks) }
        return Landing(
            marks: marks, at: marks.compactMap { sights[$0] }.min() ?? .latest, visits: own,
            scopes: Set((own.prefix(1) + addressed).map { visits[$0].scope }))
    }

    /// Marks with one first sight that some visit holds together.
    private func groups(of sights: [Visit.Mark: Timestamp]) -> [Set<Visit.Mark>] {
        var groups: [Visit.Mark: Set<Visit.Mark>] = [:]
        for mark in sights.keys { groups[mark] = [mark] }
        for visit in visits where visit.marks.count > 1 {
            for (place, left) in visit.marks.enumerated() {
                for right in visit.marks[..<place] where sights[left] == sights[right] {
                    let both = (groups[left] ?? []).union(groups[right] ?? [])
                    for mark in both { groups[mark] = both }
                }
            }
        }
        return Array(Set(groups.values))
    }
}

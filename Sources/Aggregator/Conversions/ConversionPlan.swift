import Timeline

/// Decides which rows the conversions of some orders live in. Knows no database.
///
/// A conversion keeps its row while its order changes names, and of several rows that turn out to be
/// one order's, one stays: one of which something was uploaded before others, then one in force, then
/// the one that has the order's name already, then the oldest.
struct ConversionPlan {
    /// A row as far as the decision needs it.
    struct Row: Equatable {
        let number: Int64
        let assignment: String
        let identity: OrderIdentity
        let isRetired: Bool
        var wasSent = false
    }

    /// A draft and the row it goes to; nil: a new one. In the order of the drafts.
    private(set) var places: [(draft: ConversionDraft, row: Row?)] = []
    /// Rows in force that no draft goes to, and the draft that takes their place.
    private(set) var retired: [(row: Row, heir: ConversionDraft?)] = []

    /// - Parameter rows: every row that bears one of the orders' identities, present or former.
    /// - Parameter drafts: at most one for each identity and assignment.
    init(_ rows: [Row], _ drafts: [ConversionDraft]) {
        var taken: Set<Int64> = []
        for draft in drafts.sorted(by: { $0.identity < $1.identity }) {
            let candidates = Self.candidates(of: draft, rows, drafts)
                .filter { !taken.contains($0.number) }
            let row = candidates.min { Self.isBetter($0, $1, for: draft) }
            if let row { taken.insert(row.number) }
            places.append((draft, row))
        }
        for row in rows where !row.isRetired && !taken.contains(row.number) {
            let heir = places.first { place in
                place.draft.rule.assignment == row.assignment
                    && place.draft.identities.contains(row.identity)
            }
            retired.append((row, heir?.draft))
        }
    }

    /// Rows that this draft may live in: none that bears the very name of another draft.
    static func candidates(
        of draft: ConversionDraft, _ rows: [Row], _ drafts: [ConversionDraft]
    ) -> [Row] {
        let others = Set(
            drafts.filter { $0.rule.assignment == draft.rule.assignment }.map(\.identity)
        ).subtracting([draft.identity])
        return rows.filter { row in
            row.assignment == draft.rule.assignment && draft.identities.contains(row.identity)
                && !others.contains(row.identity)
        }
    }

    private static func isBetter(_ left: Row, _ right: Row, for draft: ConversionDraft) -> Bool {
        let ranks = [left, right].map { row in
            (
                row.wasSent ? 0 : 1, row.isRetired ? 1 : 0,
                row.identity == draft.identity ? 0 : 1, row.number
            )
        }
        return ranks[0] < ranks[1]
    }
}

/// Finds what somebody probably meant.
enum NearestName {
    /// The known name with the fewest single letters to change, if that is no more than a third of it;
    /// of several the first in the alphabet.
    static func of(_ name: String, among known: [String]) -> String? {
        guard name.utf8.count <= 100 else { return nil }
        let ranked = known.map { (distance: distance(name, $0), name: $0) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let ranked, ranked.distance <= max(2, ranked.name.utf8.count / 3) else { return nil }
        return ranked.name
    }

    /// Insertions, deletions and replacements that turn one into the other (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (i, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in right.indices {
                let changed = diagonal + (byte == right[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}

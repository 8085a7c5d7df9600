/// What a site is that sends visitors; by GA4's source categories, and AI assistants.
package enum SourceCategory: String, CaseIterable, Hashable, Sendable, Codable {
    case search, social, video, shopping, assistant
}

/// Lists of sources by category.
///
/// `t.co`, a host, stands for itself and all hosts below it; `x`, a word, for a source that links are
/// tagged with; `google.*` for the word and for its hosts in every country (`www.google.co.uk`). A
/// host's own entry goes before its brand's, so that `gemini.google.com` may differ from `google.*`.
package struct SourceCategories: Hashable, Sendable {
    private let names: [String: SourceCategory]
    private let brands: [String: SourceCategory]

    /// - Parameter lists: names in lower case; a name that stands in two lists is a bug.
    package init(_ lists: [SourceCategory: [String]]) {
        let all = lists.flatMap { list in list.value.map { ($0, list.key) } }
        let brands = all.filter { $0.0.hasSuffix(".*") }.map { (String($0.0.dropLast(2)), $0.1) }
        self.brands = Dictionary(uniqueKeysWithValues: brands)
        names = Dictionary(uniqueKeysWithValues: all.filter { !$0.0.hasSuffix(".*") } + brands)
    }

    /// The category of a source as links are tagged with it, or of a host; nil for any other site.
    package func category(ofSource source: String) -> SourceCategory? {
        if let category = names[source] { return category }
        let labels = source.split(separator: ".", omittingEmptySubsequences: false)
        for start in labels.indices.dropFirst().dropLast() {
            if let category = names[labels[start...].joined(separator: ".")] { return category }
        }
        return HostName.brand(ofLabels: labels).flatMap { brands[$0] }
    }
}

/// A definition put on a site, with what is decided there.
package struct Assignment: Sendable, Equatable {
    /// Names it within its site for ever; conversions take their ids from it.
    package let key: String
    /// For people.
    package let label: String
    /// What counts.
    package let definition: Definition
    /// The site's short number.
    package let site: Int64
    /// Days from a click to a conversion, 1...90; nil: whoever comes next in precedence decides.
    package let windowDays: Int?
    /// The model whose credits count; nil: the site's.
    package let model: String?
    /// How long uploads wait besides.
    package let uploadDelay: Duration

    /// Holds the definition against a happening.
    package func match(_ subject: Subject) -> Match { definition.match(subject) }
}

/// Which definitions are put on which sites.
package enum Assignments {
    /// The assignments of a site, in the order in which they are held against a happening: today the
    /// system's purchase, once, on every site.
    package static func of(site: Int64) -> [Assignment] {
        [
            Assignment(
                key: SystemDefinitions.purchase.name, label: "Purchase",
                definition: SystemDefinitions.purchase, site: site, windowDays: nil, model: nil,
                uploadDelay: .zero)
        ]
    }
}

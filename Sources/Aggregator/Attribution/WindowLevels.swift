/// The windows that were set, each nil where nobody set one; the first set one holds, in the order of
/// the members. A touch may bring its campaign link's.
package struct WindowLevels: Hashable, Sendable {
    /// Of the ad platform's conversion action; nil when a credit is not for one destination.
    package var conversionAction: Window?
    /// Of the definition on this site.
    package var assignment: Window?
    /// Of the definition wherever it is used.
    package var definition: Window?
    /// Of the organization, as the site's policy holds it.
    package var organization: Window?

    /// Where a window was set.
    package enum Level: String, Sendable, CaseIterable {
        case conversionAction = "conversion_action"
        case assignment, definition, link, organization, standard
    }

    /// Nothing set: 30 days.
    package init() {}

    /// The window that holds for a touch, and who set it.
    /// - Parameter link: of the campaign link that was clicked.
    package func window(link: Window? = nil) -> (window: Window, level: Level) {
        if let conversionAction { return (conversionAction, .conversionAction) }
        if let assignment { return (assignment, .assignment) }
        if let definition { return (definition, .definition) }
        if let link { return (link, .link) }
        if let organization { return (organization, .organization) }
        return (.standard, .standard)
    }
}

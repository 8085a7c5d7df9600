/// Which channel a source, medium and campaign belong to: rules in order, the first that holds decides.
/// A value, so that an organization may have its own.
package struct ChannelRules: Hashable, Sendable {
    /// In the order in which they are asked.
    package var rules: [ChannelRule]
    /// Which sites are search engines, social networks, and so on.
    package var categories: SourceCategories

    /// Takes rules and lists as they are.
    package init(rules: [ChannelRule], categories: SourceCategories) {
        (self.rules, self.categories) = (rules, categories)
    }

    /// These rules with others asked first.
    package func preceded(by own: [ChannelRule]) -> ChannelRules {
        ChannelRules(rules: own + rules, categories: categories)
    }

    /// The first rule's channel that holds, else `Unassigned`.
    package func channel(of traffic: TrafficSource) -> Channel {
        let source = traffic.source.lowercased()
        let texts = ChannelRule.Texts(
            source: source, medium: traffic.medium.lowercased(),
            campaign: traffic.campaign.lowercased(),
            category: categories.category(ofSource: source)?.rawValue ?? "")
        return rules.first { $0.holds(for: texts) }?.channel ?? .unassigned
    }
}

/// A channel and when it holds: one of several alternatives, in which every condition is met.
package struct ChannelRule: Hashable, Sendable {
    /// What holds then.
    package let channel: Channel
    /// Alternatives of conditions; none: never.
    package let when: [[Condition]]

    /// A part of the source, and patterns of which it matches at least one.
    package struct Condition: Hashable, Sendable {
        /// What is looked at.
        package let field: Field
        /// `*` stands for any text, `~` for one character that is no letter a-z; lower case.
        package let patterns: [String]

        /// Takes the patterns as they are.
        package init(_ field: Field, _ patterns: [String]) {
            (self.field, self.patterns) = (field, patterns)
        }
    }

    /// What a condition looks at.
    package enum Field: String, Sendable {
        case source, medium, campaign
        /// The source's category by `SourceCategories`: `search`, `social` …
        case category
    }

    /// Takes alternatives of conditions.
    package init(_ channel: String, _ when: [Condition]...) {
        (self.channel, self.when) = (Channel(channel), when)
    }

    struct Texts {
        let source, medium, campaign, category: String

        subscript(field: Field) -> String {
            switch field {
            case .source: source
            case .medium: medium
            case .campaign: campaign
            case .category: category
            }
        }
    }

    func holds(for texts: Texts) -> Bool {
        when.contains { alternative in
            alternative.allSatisfy { condition in
                let text = texts[condition.field]
                return condition.patterns.contains { Glob.matches(text, $0) }
            }
        }
    }
}

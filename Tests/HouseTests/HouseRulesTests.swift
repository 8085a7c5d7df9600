import Testing

/// Goal: the whole tree keeps the rules. Method: every rule on every file; a rule that could not fail
/// is caught by `RuleTests`.
@Suite struct HouseRulesTests {
    @Test(arguments: Rule.ofSources + Rule.ofAll) func sourcesKeep(rule: Rule) {
        let violations = Project.sources.flatMap(rule.check)
        #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
        #expect(Project.sources.count > 10)
    }

    @Test(arguments: Rule.ofTests + Rule.ofAll) func testsKeep(rule: Rule) {
        let violations = Project.tests.flatMap(rule.check)
        #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
        #expect(Project.tests.count > 10)
    }

    /// Sizes are a question to the author, not a verdict.
    @Test func showsTheLargestFiles() {
        let largest = (Project.sources + Project.tests).sorted { $0.lines.count > $1.lines.count }
        for file in largest.prefix(8) { print("\(file.lines.count) lines: \(file.path)") }
        #expect(!largest.isEmpty)
    }
}

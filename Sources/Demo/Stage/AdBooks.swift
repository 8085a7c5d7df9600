import Child

/// The aggregator's word and the platform's record on what orders came to, read until they are as the
/// stories say, or the time is over.
package struct AdBooks: Sendable {
    private let stage: Stage
    private let platform: AdPlatform
    /// What each shop's stories say.
    private let expected: [Outcome.Expected]

    /// Opens the books of one merchant's shops.
    package init(_ stage: Stage, _ platform: AdPlatform, expected: [Outcome.Expected]) {
        self.stage = stage
        self.platform = platform
        self.expected = expected
    }

    /// How everything stands.
    package func outcome() async throws -> Outcome {
        let all = ["--limit", "1000000", "--json"]
        return Outcome(
            conversionRows: try await stage.rows(["conversions", "list"] + all),
            uploadRows: try await stage.rows(["uploads", "list"] + all),
            recorded: try await platform.record())
    }

    /// Waits until the platform confirmed, with whatever value, all that it should ever hear of.
    /// - Returns: how it stands then, or when the time is over.
    package func reached(within limit: Duration) async throws -> Outcome {
        try await outcome(within: limit) { $0.hasReached(expected) }
    }

    /// Waits until nothing differs from the stories any more.
    /// - Returns: how it stands then, or when the time is over.
    package func closed(within limit: Duration) async throws -> Outcome {
        try await outcome(within: limit) {
            $0.hasReached(expected) && $0.differences(from: expected).isEmpty
        }
    }

    /// What differs from the stories, in words; empty in a sound run.
    package func differences(of outcome: Outcome) -> [String] {
        outcome.differences(from: expected)
    }

    private func outcome(
        within limit: Duration, until isExpected: (Outcome) -> Bool
    ) async throws -> Outcome {
        try await Patience.ask(
            within: limit, every: .milliseconds(200), outcome, until: isExpected)
    }
}

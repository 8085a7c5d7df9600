/// Waiting for programs of which nothing but their answers can be seen.
package enum Patience {
    /// Asks until the answer is what is waited for.
    /// - Returns: that answer; when the time is over, the last one.
    package static func ask<Answer>(
        within limit: Duration, every pause: Duration = .milliseconds(50),
        _ question: () async throws -> Answer, until isExpected: (Answer) -> Bool
    ) async throws -> Answer {
        let end = ContinuousClock.now + limit
        while true {
            let answer = try await question()
            if isExpected(answer) || ContinuousClock.now >= end { return answer }
            try await ContinuousClock().sleep(for: pause)
        }
    }
}

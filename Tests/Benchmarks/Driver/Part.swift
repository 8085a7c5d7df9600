/// One measurement that can be called alone.
struct Part: Sendable {
    let name: String
    let sentence: String
    let measure: @Sendable (Bench) async throws -> PartResult

    /// In the order of the report.
    static let all: [Part] = [.bare, .rooms, .counts]
}

/// One measurement that can be called alone.
struct Part: Sendable {
    let name: String
    let sentence: String
    /// Whether `--stored` means something to it.
    var takesStored = false
    let measure: @Sendable (Bench) async throws -> PartResult

    /// In the order of the report.
    static let all: [Part] = [
        .intake, .latency, .memory, .drain, .wire, .ingest, .pipeline, .scaling, .incremental,
        .attribution,
        .uploads,
        .rooms,
        .bare, .counts,
    ]
}

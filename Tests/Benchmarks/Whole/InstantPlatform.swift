import Destinations

/// Takes everything after a fixed time: what is measured is the queue in front of it.
struct InstantPlatform: AdPlatform {
    let uploadsMax = 2000
    let latency: Duration

    func preflight(_ upload: PlatformUpload) -> String? { nil }
    func preview(_ batch: PlatformBatch) -> String { "" }

    func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        do { try await ContinuousClock().sleep(for: latency) } catch {}
        return .accepted(requestID: "request", warnings: [])
    }

    func status(of requestID: String) async -> StatusAnswer { .processing }
}

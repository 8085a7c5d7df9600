import Destinations
import Synchronization

/// Takes everything after a fixed time, and notes when: what is measured is the queue in front of it.
final class InstantPlatform: AdPlatform {
    private struct State {
        var answeredAt: [String: ContinuousClock.Instant] = [:]
        var requests = 0
    }

    let uploadsMax = 2000
    let latency: Duration
    private let state = Mutex(State())

    init(latency: Duration) { self.latency = latency }

    /// When each transaction id was answered.
    var answers: [String: ContinuousClock.Instant] { state.withLock { $0.answeredAt } }
    var requests: Int { state.withLock { $0.requests } }

    func preflight(_ upload: PlatformUpload) -> String? { nil }
    func preview(_ batch: PlatformBatch) -> String { "" }

    func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        do { try await ContinuousClock().sleep(for: latency) } catch {}
        let now = ContinuousClock.now
        let number = state.withLock { state in
            for upload in batch.uploads { state.answeredAt[upload.transactionID] = now }
            state.requests += 1
            return state.requests
        }
        return .accepted(requestID: "request-\(number)", warnings: [])
    }

    func status(of requestID: String) async -> StatusAnswer { .processing }
}

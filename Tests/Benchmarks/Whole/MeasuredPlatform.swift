import Destinations
import Synchronization

/// A platform, and when it accepted what.
final class MeasuredPlatform: Destinations::AdPlatform {
    /// When a transaction was accepted, and how long the platform took for its request.
    struct Answer: Sendable {
        let at: ContinuousClock.Instant
        let took: Duration
    }

    private struct State {
        var answers: [String: Answer] = [:]
        var requests = 0
        var refusals = 0
    }

    private let platform: any Destinations::AdPlatform
    private let state = Mutex(State())

    init(_ platform: any Destinations::AdPlatform) { self.platform = platform }

    /// By transaction id.
    var answers: [String: Answer] { state.withLock { $0.answers } }
    var count: Int { state.withLock { $0.answers.count } }
    var requests: Int { state.withLock { $0.requests } }
    /// Requests that were not accepted.
    var refusals: Int { state.withLock { $0.refusals } }

    var uploadsMax: Int { platform.uploadsMax }
    func preflight(_ upload: PlatformUpload) -> String? { platform.preflight(upload) }
    func preview(_ batch: PlatformBatch) -> String { platform.preview(batch) }
    func status(of requestID: String) async -> StatusAnswer {
        await platform.status(of: requestID)
    }

    func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        let start = ContinuousClock.now
        let answer = await platform.ingest(batch)
        let one = Answer(at: .now, took: .now - start)
        state.withLock { state in
            state.requests += 1
            guard case .accepted = answer else {
                state.refusals += 1
                return
            }
            for upload in batch.uploads { state.answers[upload.transactionID] = one }
        }
        return answer
    }
}

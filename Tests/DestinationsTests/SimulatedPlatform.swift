import ConveyProtocol
import Destinations
import Synchronization
import TestSupport
import Time

/// An ad platform in memory that behaves like Google: an unknown transaction id creates a conversion,
/// a known one changes its value, verdicts come later, and counts need not say which record.
final class SimulatedPlatform: AdPlatform {
    /// One conversion as the platform counts it.
    struct Record: Equatable, Sendable {
        /// How often it was created; more than once is a sale counted twice.
        var count = 0
        /// Every value it had, in order.
        var values: [Int64] = []
    }

    /// What befalls a call.
    enum Fault: CaseIterable, Sendable {
        /// The connection breaks before, or after, the platform processed the request.
        case lostBefore, lostAfter
        case throttled, credential, serverError
        /// Accepted, and then forgotten before its verdict.
        case forgotten
        /// The caller dies before, or after, the platform processed the request.
        case diesBefore, diesAfter
    }

    struct Request: Sendable {
        let uploads: [PlatformUpload]
        let isDecidedAt: Timestamp
        var isForgotten = false
        var isApplied = false
    }

    struct State: Sendable {
        var records: [String: Record] = [:]
        var requests: [String: Request] = [:]
        var order: [String] = []
        var calls = 0
        var batches: [PlatformBatch] = []
        /// Transaction ids that make the platform refuse a whole request.
        var refused: [String: String] = [:]
        /// Click ids about which the verdict is bad.
        var badClicks: [String: String] = [:]
        /// Whether refusals and verdicts point at records.
        var pointsAtRecords = true
        var isAway = false
        var credentialIsGood = true
        /// Until a verdict.
        var delay: Duration = .zero
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        /// Taken from the front, one a call.
        var faults: [Fault?] = []
    }

    let state = Mutex(State())
    let uploadsMax: Int
    private let clock: any WallClock
    /// Cancels whoever calls.
    private let death = Mutex<@Sendable () -> Void>({})

    init(clock: any WallClock, uploadsMax: Int = 2000) {
        self.clock = clock
        self.uploadsMax = uploadsMax
    }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    func whenDying(_ body: @escaping @Sendable () -> Void) { death.withLock { $0 = body } }

    /// Returns once so many batches were processed.
    func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.watchers.append((count, continuation)) }
            tellWatchers()
        }
    }

    private func tellWatchers() {
        let ready = state.withLock { state in
            let ready = state.watchers.filter { $0.count <= state.batches.count }
            state.watchers.removeAll { $0.count <= state.batches.count }
            return ready.map(\.continuation)
        }
        for watcher in ready { watcher.resume() }
    }

    var records: [String: Record] { state.withLock { $0.records } }
    var batches: [PlatformBatch] { state.withLock { $0.batches } }

    func preflight(_ upload: PlatformUpload) -> String? { nil }
    func preview(_ batch: PlatformBatch) -> String { "" }

    // MARK: Ingest

    func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        let now = clock.now()
        let (answer, dies) = state.withLock { state -> (IngestAnswer, Bool) in
            let fault = state.nextFault()
            if fault == .diesBefore { return (Self.lost, true) }
            if fault == .lostBefore { return (Self.lost, false) }
            if state.isAway { return (Self.unreached, false) }
            if fault == .throttled {
                return (
                    .trouble(
                        .throttled(
                            code: "RESOURCE_EXHAUSTED", httpStatus: 429,
                            retryAfter: .seconds(20))), false
                )
            }
            if fault == .credential || !state.credentialIsGood {
                return (.trouble(.credential(code: "UNAUTHENTICATED", httpStatus: 401)), false)
            }
            let answer = state.take(batch, at: now, isForgotten: fault == .forgotten)
            switch fault {
            case .lostAfter, .serverError: return (Self.lost, false)
            case .diesAfter: return (answer, true)
            default: return (answer, false)
            }
        }
        tellWatchers()
        if dies { death.withLock { $0 }() }
        return answer
    }

    private static let lost = IngestAnswer.trouble(
        .uncertain(code: "CONNECTION_RESET", httpStatus: nil, retryAfter: nil))

    private static let unreached = IngestAnswer.trouble(
        .unreached(code: "CONNECTION_REFUSED", httpStatus: nil, retryAfter: nil))

    // MARK: Status

    func status(of requestID: String) async -> StatusAnswer {
        let now = clock.now()
        let (answer, dies) = state.withLock { state -> (StatusAnswer, Bool) in
            let fault = state.nextFault()
            switch fault {
            case .diesBefore, .diesAfter: return (.processing, true)
            case .lostBefore, .lostAfter, .serverError:
                return (
                    .trouble(.uncertain(code: "TIMEOUT", httpStatus: nil, retryAfter: nil)), false
                )
            default: break
            }
            guard !state.isAway else {
                return (
                    .trouble(.uncertain(code: "TIMEOUT", httpStatus: nil, retryAfter: nil)), false
                )
            }
            guard let request = state.requests[requestID], !request.isForgotten else {
                return (.gone(code: "NOT_FOUND", httpStatus: 404), false)
            }
            guard request.isDecidedAt <= now else { return (.processing, false) }
            state.apply(upTo: requestID)
            return (.final(state.verdict(on: request)), false)
        }
        if dies { death.withLock { $0 }() }
        return answer
    }
}

extension SimulatedPlatform.State {
    fileprivate mutating func nextFault() -> SimulatedPlatform.Fault? {
        calls += 1
        return faults.isEmpty ? nil : faults.removeFirst()
    }

    fileprivate mutating func take(
        _ batch: PlatformBatch, at now: Timestamp, isForgotten: Bool
    ) -> IngestAnswer {
        batches.append(batch)
        let bad = batch.uploads.indices.filter { refused[batch.uploads[$0].transactionID] != nil }
        if let first = bad.first {
            let complaints = bad.map { index in
                FieldComplaint(
                    code: refused[batch.uploads[index].transactionID] ?? "",
                    upload: pointsAtRecords ? index : nil, field: "events[\(index)]")
            }
            return .refused(
                PlatformRefusal(
                    code: refused[batch.uploads[first].transactionID] ?? "", httpStatus: 400,
                    complaints: pointsAtRecords ? complaints : []))
        }
        let id = "request-\(requests.count + 1)"
        guard !batch.validateOnly else { return .accepted(requestID: id, warnings: []) }
        let last = order.last.flatMap { requests[$0]?.isDecidedAt } ?? now
        requests[id] = SimulatedPlatform.Request(
            uploads: batch.uploads, isDecidedAt: max(now + delay, last), isForgotten: isForgotten)
        order.append(id)
        if calls.isMultiple(of: 2) { apply(upTo: id) }
        return .accepted(requestID: id, warnings: [])
    }

    /// Applies requests in the order in which they came.
    fileprivate mutating func apply(upTo id: String) {
        for one in order {
            if var request = requests[one], !request.isApplied {
                for upload in request.uploads where code(of: upload) == nil {
                    records[upload.transactionID, default: .init()].take(upload.value.micros)
                }
                request.isApplied = true
                requests[one] = request
            }
            if one == id { return }
        }
    }

    private func code(of upload: PlatformUpload) -> String? {
        upload.click.flatMap { badClicks[$0.value] }
    }

    fileprivate func verdict(on request: SimulatedPlatform.Request) -> BatchOutcome {
        var bad: [String: [Int]] = [:]
        for (index, upload) in request.uploads.enumerated() {
            if let code = code(of: upload) { bad[code, default: []].append(index) }
        }
        guard !bad.isEmpty else { return BatchOutcome(.success, records: request.uploads.count) }
        let counts = bad.sorted { $0.key < $1.key }.map { code, indices in
            BatchOutcome.Count(
                code: code, records: indices.count, uploads: pointsAtRecords ? indices : nil)
        }
        let isAll = bad.values.reduce(0) { $0 + $1.count } == request.uploads.count
        return BatchOutcome(
            isAll ? .failed : .partial, errors: counts, records: request.uploads.count)
    }
}

extension SimulatedPlatform.Record {
    fileprivate mutating func take(_ value: Int64) {
        if count == 0 { count = 1 }
        values.append(value)
    }
}

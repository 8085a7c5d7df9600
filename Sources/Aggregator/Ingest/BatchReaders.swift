import ConveyProtocol
import Synchronization

/// Lends readers, whose memory is worth keeping, to one batch each. As many are kept as ever read at
/// the same time, up to `keptMax`.
final class BatchReaders: Sendable {
    private static let keptMax = 8

    private let idle = Mutex<[BatchReader]>([])
    private let limits: BatchLimits

    init(limits: BatchLimits) { self.limits = limits }

    func withReader<T>(
        _ body: (BatchReader) throws(ProtocolProblem) -> T
    ) throws(ProtocolProblem) -> T {
        let reader = idle.withLock { $0.popLast() } ?? BatchReader(limits: limits)
        defer {
            idle.withLock { if $0.count < Self.keptMax { $0.append(reader) } }
        }
        return try body(reader)
    }
}

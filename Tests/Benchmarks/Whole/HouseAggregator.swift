import ConveyProtocol
import Crypto
import Daemon
import Gate
import HTTP
import Ingest
import Pipeline
import Sites
import Store
import Time

/// Ingest and the pipeline in this process, on the database of an aggregator that does not run, so that
/// a single turn can be timed.
struct HouseAggregator: Transport {
    let store: Store
    let pipeline: Pipeline
    private let gateway: Gateway

    /// - Parameters:
    ///   - directory: the aggregator's data directory.
    ///   - authority: the name that collectors sign for.
    init(directory: String, authority: String) async throws {
        store = try Store.sqlite(path: "\(directory)/aggregator.db")
        let gate = Gate(
            key: try await Self.signingKey(directory, store), authorities: [authority],
            clock: SystemClock())
        let log = Log(write: { _ in })
        var options = BatchReceiverOptions()
        options.stages = Pipeline.stages
        let receiver = BatchReceiver(
            BatchReceiver.Parts(
                gate: gate, directory: StoredDirectory(store), store: store,
                metrics: IngestMetrics(MetricRegistry()), log: log),
            options: options)
        gateway = Gateway(receiver: receiver, authority: authority)
        pipeline = Pipeline(Pipeline.Parts(store: store, log: log))
    }

    /// What an aggregator that was started there signs with.
    static func signingKey(_ directory: String, _ store: Store) async throws -> SigningKey {
        let sealing = try SealingKey(
            rawBytes: try BoundedFile.read("\(directory)/sealing.key", bytesMax: 32))
        let standing = try await store.read { try SigningKeyTable($0, sealing).standing() }
        guard let standing else { throw BenchFault("the aggregator has no signing key") }
        return standing.key
    }

    func send(_ request: ClientRequest) async throws(HTTPFault) -> Response {
        try await gateway.send(request)
    }
}

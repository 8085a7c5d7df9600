import CBenchmarks
import Glibc

/// Load to be sent: bodies with places for event ids, over so many connections.
struct Load: Sendable {
    var port: UInt16
    var usesTLS = false
    var connections = 64
    /// Requests a second at random distances; nil: as fast as answers come.
    var rate: Double?
    var warmUpSeconds = 0.5
    var seconds = 2.0
    /// `POST /v1/events`
    var target: String
    var headers: [(name: String, value: String)] = []
    var bodies: [SampleBody]
    /// Whose CPU time is read.
    var server: pid_t = 0

    private var head: String {
        let fields =
            [("Host", "localhost:\(port)"), ("Content-Type", "application/json")] + headers
        return "\(target) HTTP/1.1\r\n" + fields.map { "\($0.0): \($0.1)\r\n" }.joined()
    }

    /// Sends it from the load's cores and waits for its end.
    func run(_ cores: CorePlan) throws -> LoadResult {
        let memory = unsafe BodyMemory(bodies)
        defer { unsafe memory.free() }
        var load = unsafe bench_load()
        unsafe load.port = Int32(port)
        unsafe load.uses_tls = usesTLS ? 1 : 0
        unsafe load.connections = Int32(connections)
        unsafe load.threads = Int32(min(cores.loadThreads, connections))
        unsafe load.warm_up_seconds = warmUpSeconds
        unsafe load.seconds = seconds
        unsafe load.rate = rate ?? 0
        unsafe load.server_pid = server
        unsafe load.bodies = UnsafePointer(memory.bodies)
        unsafe load.body_count = bodies.count
        unsafe withUnsafeMutableBytes(of: &load.cores) { bytes in
            let places = unsafe bytes.bindMemory(to: Int32.self)
            unsafe places[0] = -1
            for (index, core) in cores.load.prefix(63).enumerated() {
                unsafe places[index] = Int32(core)
                unsafe places[index + 1] = -1
            }
        }
        let raw = UnsafeMutablePointer<bench_load_result>.allocate(capacity: 1)
        unsafe raw.initialize(to: bench_load_result())
        defer { unsafe raw.deallocate() }
        let error = unsafe head.withCString { head in
            unsafe load.head = unsafe head
            return unsafe bench_run_load(&load, raw)
        }
        guard error == 0 else { throw BenchFault("the load could not run: error \(error)") }
        return unsafe LoadResult(raw)
    }
}

/// What came of a load.
struct LoadResult: Sendable {
    let answered: Int
    let refused: Int
    let firstRefusal: Int
    let broken: Int
    /// Events answered 2xx in the measured time, and at any time.
    let events: Int
    let eventsEver: Int
    let seconds: Double
    /// Of the generator itself.
    let cpuSeconds: Double
    /// Of the server's process, in the measured time.
    let serverCPUSeconds: Double
    private let quantiles: [Double: Double]
    let longestMilliseconds: Double

    static let fractions = [0.5, 0.9, 0.99, 0.999]

    @unsafe init(_ raw: UnsafePointer<bench_load_result>) {
        let result = unsafe raw.pointee
        answered = Int(result.answered)
        refused = Int(result.refused)
        firstRefusal = Int(result.first_refusal)
        broken = Int(result.broken)
        events = Int(result.events)
        eventsEver = Int(result.events_ever)
        seconds = result.seconds
        cpuSeconds = result.cpu_seconds
        serverCPUSeconds = result.server_cpu_seconds
        longestMilliseconds = Double(result.latency.max_us) / 1000
        var latency = result.latency
        quantiles = Dictionary(
            uniqueKeysWithValues: Self.fractions.map { fraction in
                unsafe (fraction, bench_histogram_quantile(&latency, fraction) / 1000)
            })
    }

    var eventsPerSecond: Double { Double(events) / seconds }
    var requestsPerSecond: Double { Double(answered - refused) / seconds }

    var serverMicrosecondsPerRequest: Double {
        serverCPUSeconds / Double(answered - refused) * 1e6
    }
    /// CPU seconds of the server for a million events.
    var serverCPUPerMillion: Double { serverCPUSeconds / Double(events) * 1e6 }

    /// Milliseconds that this share of the answers did not exceed.
    func latency(_ fraction: Double) -> Double { quantiles[fraction] ?? .nan }

    /// What went wrong, for the report; nil when all was well.
    var complaint: String? {
        guard refused + broken > 0 else { return nil }
        return
            "\(Numbers.text(refused)) refused (first: \(firstRefusal)), \(Numbers.text(broken)) broken"
    }
}

/// Bodies in memory that the generator reads.
@unsafe private struct BodyMemory {
    let bodies: UnsafeMutablePointer<bench_body>
    private let bytes: UnsafeMutableBufferPointer<CChar>
    private let offsets: UnsafeMutableBufferPointer<UInt32>

    init(_ samples: [SampleBody]) {
        unsafe bytes = .allocate(capacity: samples.reduce(0) { $0 + $1.bytes.count })
        unsafe offsets = .allocate(capacity: samples.reduce(0) { $0 + $1.idOffsets.count })
        unsafe bodies = .allocate(capacity: samples.count)
        var (byte, offset) = (0, 0)
        for (index, sample) in samples.enumerated() {
            for (place, value) in sample.bytes.enumerated() {
                unsafe bytes[byte + place] = CChar(bitPattern: value)
            }
            for (place, value) in sample.idOffsets.enumerated() {
                unsafe offsets[offset + place] = UInt32(value)
            }
            unsafe bodies[index] = bench_body(
                bytes: bytes.baseAddress.map { unsafe UnsafePointer($0 + byte) },
                byte_count: sample.bytes.count,
                id_offsets: offsets.baseAddress.map { unsafe UnsafePointer($0 + offset) },
                id_count: sample.idOffsets.count, event_count: sample.events)
            byte += sample.bytes.count
            offset += sample.idOffsets.count
        }
    }

    func free() {
        unsafe bytes.deallocate()
        unsafe offsets.deallocate()
        unsafe bodies.deallocate()
    }
}

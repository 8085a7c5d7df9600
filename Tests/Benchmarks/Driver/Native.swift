import CBenchmarks
import SQLite

/// The bare baselines, called in this process.
enum Native {
    /// Rows that got through, and what they cost.
    struct DiskResult: Sendable {
        let rowsPerSecond: Double
        let cpuSecondsPerMillion: Double
        let millisecondsPerCommit: Double
    }

    static func append(
        to path: String, rowBytes: Int, rowsPerCommit: Int, seconds: Double
    ) throws -> DiskResult {
        var result = bench_disk_result()
        let error = unsafe bench_bare_append(
            path, Int32(rowBytes), Int32(rowsPerCommit), seconds, &result)
        guard error == 0 else { throw BenchFault("appending failed: error \(error)") }
        return DiskResult(result)
    }

    static func insert(
        into path: String, rowBytes: Int, rowsPerCommit: Int, seconds: Double
    ) throws -> DiskResult {
        // The room SQLite sets the library up for the whole process, and has to be the first to use it.
        _ = try Connection(path: path, mode: .owner())
        var result = bench_disk_result()
        let error = unsafe bench_bare_sqlite(
            path, Int32(rowBytes), Int32(rowsPerCommit), seconds, &result)
        guard error == 0 else { throw BenchFault("inserting failed: error \(error)") }
        return DiskResult(result)
    }

    /// CPU seconds that a process has used so far.
    static func cpuSeconds(_ id: Int32) -> Double { bench_cpu_seconds(id) }

    /// CPU seconds of all threads of this process so far, to the microsecond.
    static var ownCPUSeconds: Double { bench_own_cpu_seconds() }

    static func waitForPort(_ port: UInt16) throws {
        guard bench_wait_for_port(Int32(port), 20) == 0 else {
            throw BenchFault("nothing listens on port \(port)")
        }
    }

    /// Serves 204 until the process ends.
    static func serveBare(port: UInt16, threads: Int, certificate: String?, key: String?) throws {
        let error =
            if let certificate, let key {
                unsafe bench_bare_http(Int32(port), Int32(threads), certificate, key)
            } else {
                bench_bare_http(Int32(port), Int32(threads), nil, nil)
            }
        throw BenchFault("the bare server could not serve: error \(error)")
    }
}

extension Native.DiskResult {
    fileprivate init(_ raw: bench_disk_result) {
        rowsPerSecond = Double(raw.rows) / raw.seconds
        cpuSecondsPerMillion = raw.cpu_seconds / Double(raw.rows) * 1e6
        millisecondsPerCommit = raw.seconds / Double(raw.commits) * 1000
    }
}

import CBenchmarks
import Glibc

/// Who runs where: servers on two cores, load on the others, when there are at least four.
struct CorePlan: Sendable, Codable {
    let server: [Int]
    let load: [Int]

    init() {
        let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        server = count >= 4 ? [0, 1] : []
        load = count >= 4 ? Array(2..<count) : []
    }

    /// As taskset wants it; nil when nothing is pinned.
    var serverList: String? {
        server.isEmpty ? nil : server.map(String.init).joined(separator: ",")
    }

    /// Threads that make load.
    var loadThreads: Int { max(load.count, 1) }

    var sentence: String {
        guard !server.isEmpty else {
            return "Nothing is pinned: server and load share the machine's cores."
        }
        let load = load.map(String.init).joined(separator: ",")
        return "Servers are pinned to cores \(serverList ?? ""), the load to cores \(load)."
    }

    /// Pins the calling thread, and the threads that it starts, where servers run.
    func pinToServer() {
        guard !server.isEmpty else { return }
        let cores = server.map(Int32.init) + [-1]
        _ = unsafe bench_pin(cores)
    }
}

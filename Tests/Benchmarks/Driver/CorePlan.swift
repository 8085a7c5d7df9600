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
    func list(_ place: Bench.Place) -> String? {
        let cores = place == .server ? server : load
        return cores.isEmpty ? nil : cores.map(String.init).joined(separator: ",")
    }

    /// Threads that make load.
    var loadThreads: Int { max(load.count, 1) }

    var sentence: String {
        guard !server.isEmpty else {
            return "Nothing is pinned: server and load share the machine's cores."
        }
        return
            "Servers are pinned to cores \(list(.server) ?? ""), the load and the bench itself to "
            + "cores \(list(.load) ?? "")."
    }

    /// Pins every thread of a process, by itself this one, to where servers run, or lets it run anywhere.
    func pin(_ process: Int32 = getpid(), isServer: Bool) {
        guard !server.isEmpty else { return }
        let cores = (isServer ? server : server + load).map(Int32.init) + [-1]
        _ = unsafe bench_pin_process(process, cores)
    }

    /// Pins the calling thread, and the threads that it starts, to where the load runs.
    func pinToLoad() {
        guard !load.isEmpty else { return }
        let cores = load.map(Int32.init) + [-1]
        _ = unsafe bench_pin(cores)
    }
}

import Foundation
import TestSupport
import Testing

/// Goal: whatever happens to network, clocks, processes and files, what was acknowledged is stored
/// once, in balanced books, at the right time.
///
/// Method: many small worlds, each of one seed, live through faults, heal, and are audited. A failing
/// one prints its seed; `CONVEY_SIMULATION_SEED=<seed>` runs that one alone, with
/// `CONVEY_SIMULATION_LOG=1` it tells what it does. `CONVEY_SIMULATION_WORLDS=<n>` runs more.
@Suite(.serialized) struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isChild = ChildProcess.isChild
    private static let worlds = environment["CONVEY_SIMULATION_WORLDS"].flatMap { Int($0) } ?? 60

    /// Never the same for two worlds; those of the failing disk are others.
    private static func seeds(_ count: Int, from start: UInt64) -> [UInt64] {
        if let seed = environment["CONVEY_SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            return [seed]
        }
        return (0..<UInt64(count)).map { 1_000_003 &* $0 &+ start }
    }

    /// On PostgreSQL a sixth of the worlds: restarts and restores cost more there.
    @Test(.enabled(if: !isChild), arguments: Backend.all)
    func whatWasAcknowledgedIsStoredOnce(_ backend: Backend) async throws {
        let worlds = backend == .sqlite ? Self.worlds : max(1, Self.worlds / 6)
        try await withThrowingTaskGroup { group in
            var seeds = Self.seeds(worlds, from: 17)[...]
            for _ in 0..<4 {
                if let seed = seeds.popFirst() {
                    group.addTask { _ = try await run(seed, backend) }
                }
            }
            while try await group.next() != nil {
                if let seed = seeds.popFirst() {
                    group.addTask { _ = try await run(seed, backend) }
                }
            }
        }
    }

    @Test(.enabled(if: !isChild)) func alsoOnDisksThatFail() async throws {
        let directory = try TemporaryDirectory(in: Scratch.root)
        let disk = try FaultyDisk(under: directory.path)
        let ending = try await ChildProcess.run(
            filter: "SimulationTests/child_disksFail", environment: disk.environment)
        #expect(ending == .exited(0))
    }

    @Test(.enabled(if: isChild)) func child_disksFail() async throws {
        let disk = try #require(try FaultyDisk(ofThisProcess: Self.environment))
        var (diskFaults, turnedAway) = (0, 0)
        for seed in Self.seeds(max(1, Self.worlds / 3), from: 29) {
            let world = try await run(seed, .sqlite, on: disk)
            diskFaults += await world.diskFaults
            turnedAway += await world.turnedAway
        }
        print("\(diskFaults) calls failed, \(turnedAway) requests were turned away")
        #expect(diskFaults > 0 && turnedAway > 0)
    }

    @discardableResult
    private func run(
        _ seed: UInt64, _ backend: Backend, on disk: FaultyDisk? = nil
    ) async throws -> World {
        let world = try await World(backend, seed: seed, disk: disk)
        try await world.live(steps: 120)
        let problems = try await world.settle()
        let story = await world.story
        #expect(problems.isEmpty, "\(story)\n\(problems.prefix(12).joined(separator: "\n"))")
        return world
    }
}

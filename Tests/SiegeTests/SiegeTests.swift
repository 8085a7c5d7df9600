import Child
import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: whatever dies and whatever fails, every order that should be uploaded is confirmed exactly
/// once with its final value.
///
/// Method: shops live through orders of all kinds while aggregators are killed at random moments, their
/// PostgreSQL is stopped as by an accident or loses its primary for good, and the platform fails in every
/// way that it knows, by seed, and is killed, too. At the end nothing fails
/// any more, everything comes to rest, and an audit from the point of view of the shops reads the
/// platform's own record. `CONVEY_SIEGE_KILLS` says how many kills and faults, `CONVEY_SIEGE_MINUTES`
/// when to end at the latest, `CONVEY_SIEGE_SEED` repeats what is drawn.
@Suite(.inTurn) struct SiegeTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let wanted = environment["CONVEY_SIEGE_KILLS"].flatMap { Int($0) }
    private static let minutes = environment["CONVEY_SIEGE_MINUTES"].flatMap { Int($0) } ?? 40
    private static let seed =
        environment["CONVEY_SIEGE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())
    /// Orders that are alive at a time.
    private static let width = 24

    @Test(.timeLimit(.minutes(180)), arguments: Ground.Kind.all)
    func everyOrderIsConfirmedOnceWithItsFinalValue(_ ground: Ground.Kind) async throws {
        print("CONVEY_SIEGE_SEED=\(Self.seed)")
        let actions = (1...4).map { "100\($0)" }
        try await Siege.run(actions, on: ground) { siege in
            try await siege.start("google") {
                try await siege.google.start(Weather.calm(seed: 1).behaviour)
            }
            for action in actions { try await siege.add(action, at: siege.google) }
            let assault = Assault(siege, seed: Self.seed)
            let endings = try await withThrowingTaskGroup(of: [Life.Ending].self) { group in
                group.addTask {
                    try await assault.run(
                        wanted: Self.wanted ?? ground.shocks, within: .seconds(60 * Self.minutes))
                    return []
                }
                for _ in 0..<Self.width {
                    group.addTask { try await Self.live(in: siege) }
                }
                let watcher = Task { try await siege.watch() }
                defer { watcher.cancel() }
                let endings = try await group.reduce(into: []) { $0 += $1 }
                try await siege.settle(endings)
                return endings
            }
            print(assault.report(endings))
            let findings = try await Audit(siege: siege, endings: endings).findings()
            for finding in findings.prefix(40) { print("FINDING \(finding)") }
            #expect(findings.isEmpty, "\(findings.count), the stage is \(siege.stage.folder)")
            if !findings.isEmpty { throw Program.Fault(description: "the audit found something") }
        }
    }

    /// Lives one life after another until the assault is over.
    private static func live(in siege: Siege) async throws -> [Life.Ending] {
        var endings: [Life.Ending] = []
        while !siege.progress.isOver {
            let number = siege.nextNumber()
            var life = Life(number, in: siege, seed: seed &* 1_000_003 &+ UInt64(number))
            endings.append(try await life.run())
        }
        return endings
    }
}

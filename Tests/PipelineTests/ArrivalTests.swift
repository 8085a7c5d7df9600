import Foundation
import TestSupport
import Testing

/// Goal: any order, repetition and batching of the same events, through one or three collectors, gives
/// the same conversions, credits, merged orders, persons and uploads. Method: made-up worlds by seed,
/// each delivered as it happened and then in random courses, with steps of the pipeline, its death
/// and uploads in between. A failure names the seed; `CONVEY_WORLD_SEED` repeats it alone.
@Suite struct ArrivalTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let coursesOfEach = 9

    /// Each world counts as often as it is delivered.
    private static var seeds: ClosedRange<UInt64> {
        if let seed = environment["CONVEY_WORLD_SEED"].flatMap(UInt64.init) { return seed...seed }
        let cases = environment["CONVEY_ORDER_WORLDS"].flatMap(UInt64.init) ?? 2_000
        return 1...(cases / UInt64(coursesOfEach + 1))
    }

    @Test func whatArrivesWhenDoesNotMatter() async throws {
        var waiting = Array(Self.seeds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                if let seed = waiting.popLast() { group.addTask { try await Self.run(seed) } }
            }
            while try await group.next() != nil {
                if let seed = waiting.popLast() { group.addTask { try await Self.run(seed) } }
            }
        }
    }

    private static func run(_ seed: UInt64) async throws {
        let world = World(seed: seed)
        let reference = Course(reference: world)
        let expected = try await outcome(of: world, reference, uploads: true)
        let conversions = try await outcome(of: world, reference, uploads: false)
        for number in 1...UInt64(coursesOfEach) {
            let course = Course(of: world, seed: seed &* 1_000 &+ number)
            let expected = course.sends ? conversions : expected
            let outcome = try await outcome(of: world, course, uploads: !course.sends)
            guard outcome != expected else { continue }
            let difference = outcome.difference(from: expected).map { $0.prefix(250) }
            Issue.record(
                "seed \(seed), course \(number):\n\(difference.prefix(8).joined(separator: "\n"))")
            if environment["CONVEY_WORLD_SEED"] != nil {
                try await Shrinking(world, course).tell()
            }
            return
        }
    }

    static func outcome(
        of world: World, _ course: Course, uploads: Bool
    ) async throws -> Outcome {
        var trial = try await Trial(world, course)
        return try await trial.outcome(uploads: uploads)
    }
}

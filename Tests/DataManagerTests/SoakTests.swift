import ConveyProtocol
import Destinations
import Doubles
import TestSupport
import Testing

/// Goal: a careful caller ends with each value once, whatever fails. Method: the client before a double
/// that fails often, by a printed seed; the caller repeats what is uncertain and nothing else.
@Suite struct SoakTests {
    @Test func everyValueArrivesOnceAndInOrder() async throws {
        let seed = Int.random(in: 1...1_000_000)
        try await Bench.with { bench async throws in
            let chances = Dictionary(
                uniqueKeysWithValues: DoubleFault.allCases.filter { $0 != .slow }.map { ($0, 0.05) }
            )
            bench.double.change { behaviour in
                behaviour.seed = seed
                behaviour.faults = Dictionary(
                    uniqueKeysWithValues: DoubleEndpoint.allCases.map {
                        ($0, FaultScript(chances: chances))
                    })
            }
            for number in 0..<40 {
                for micros in [30_000_000, 20_000_000, 0] as [Int64] {
                    var batch = Bench.batch(["S1.\(number)", "S2.\(number)"])
                    for index in batch.uploads.indices {
                        batch.uploads[index].value = Money(
                            micros: micros, currency: EventBodyTests.eur)
                    }
                    let id = await accepted(batch, bench)
                    #expect(await confirmed(id, bench), "seed \(seed)")
                }
            }
            #expect(bench.double.conversions.count == 80, "seed \(seed)")
            for conversion in bench.double.conversions {
                let values = conversion.values.map(\.micros)
                #expect(values == [30_000_000, 20_000_000, 0], "seed \(seed)")
                #expect(conversion.earlyChanges == 0, "seed \(seed)")
            }
            let faults = bench.double.statistics.counts.filter { $0.key.hasPrefix("faults.") }
            #expect(faults.values.reduce(0, +) > 40, "seed \(seed)")
        }
    }

    /// Sends the same batch until it is taken; every answer but a yes must be trouble.
    private func accepted(_ batch: PlatformBatch, _ bench: Bench) async -> String {
        while true {
            switch await bench.client.ingest(batch) {
            case .accepted(let id, _): return id
            case .refused(let refusal):
                Issue.record("refused: \(refusal.code)")
                return ""
            case .trouble: continue
            }
        }
    }

    private func confirmed(_ id: String, _ bench: Bench) async -> Bool {
        while true {
            switch await bench.client.status(of: id) {
            case .final(let outcome): return outcome.result == .success
            case .gone: return false
            case .processing, .trouble: continue
            }
        }
    }
}

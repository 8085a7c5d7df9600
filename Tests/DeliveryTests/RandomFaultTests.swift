import Buffer
import ConveyProtocol
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Delivery

/// Goal: no order of faults loses an event or stores one twice. Method: small batches through faults
/// drawn by a seed, which a failing test prints: requests and answers lost, strangers' answers, full
/// aggregators, ledgers restored from a backup, senders restarted.
@Suite struct RandomFaultTests {
    @Test(arguments: 0..<12) func losesNothingAndStoresNothingTwice(round: Int) async throws {
        var random = SeededRandom(seed: .random(in: .min ... .max))
        let seed = random.seed
        let stage = try await DeliveryStage(limits: BatchLimits(eventsMax: 7, bytesMax: 100_000))
        let draws = Mutex(SeededRandom(seed: random.next()))
        stage.aggregator.change { state in
            state.between = { request, aggregator async throws(HTTPFault) in
                switch draws.withLock({ Int.random(in: 0..<12, using: &$0) }) {
                case 0: throw HTTPFault(.refused)
                case 1:
                    _ = await aggregator(request)
                    throw HTTPFault(.reset)
                case 2:
                    _ = await aggregator(request)
                    return .text(200, "portal")
                default: return await aggregator(request)
                }
            }
        }
        var names: [String] = []
        var backup = stage.aggregator.seen
        for turn in 0..<40 {
            let lane = Lane.allCases.randomElement(using: &random)!
            let some = stage.names("\(turn)-", Int.random(in: 0..<30, using: &random))
            names += some
            if !some.isEmpty { await stage.append(some, lane) }
            await stage.run(for: .seconds(Int.random(in: 0..<8, using: &random)))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: stage.restart()
            case 1: backup = stage.aggregator.seen
            case 2:
                stage.aggregator.change { state in
                    (state.books, state.stored) = (backup.books, backup.stored)
                }
            case 3:
                stage.aggregator.change { state in
                    state.problem =
                        state.problem == nil ? .unavailable(retryAfter: .seconds(2)) : nil
                }
            default: break
            }
        }
        stage.aggregator.change { state in
            state.between = nil
            state.problem = nil
        }
        // Two idle batches later a ledger that went back has been heard of.
        await stage.drain()
        await stage.run(for: .seconds(400))
        await stage.append(["last"], .conversion)
        for lane in [Lane.interaction, .pageview] { await stage.append(["last-\(lane)"], lane) }
        await stage.drain()
        names += ["last", "last-interaction", "last-pageview"]
        let stored = stage.aggregator.seen.stored
        #expect(Set(stored.keys) == Set(names), "seed \(seed)")
        #expect(stored.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(stage.pending == 0, "seed \(seed)")
        #expect(stage.buffer.statistics.isBalanced, "seed \(seed)")
    }
}

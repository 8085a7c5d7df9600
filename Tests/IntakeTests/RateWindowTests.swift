import TestSupport
import Testing

@testable import Intake

/// Goal: a quota holds over every stretch of its length, and room comes back when it was promised.
/// Method: the pure counter and the pure table, with time given by hand, against a list of all that
/// was let through.
@Suite struct RateWindowTests {
    private let quota = RateQuota("test", 10, per: .minute)

    @Test func letsTheQuotaThroughAndNoMore() {
        var window = RateWindow()
        for _ in 0..<10 {
            #expect(window.waitSeconds(for: quota, atMilliseconds: 120_000) == nil)
            window.count(quota, atMilliseconds: 120_000)
        }
        #expect(window.waitSeconds(for: quota, atMilliseconds: 120_000) == 65)
        #expect(window.waitSeconds(for: quota, atMilliseconds: 184_999) == 1)
        #expect(window.waitSeconds(for: quota, atMilliseconds: 185_000) == nil)
    }

    @Test func roomComesBackSliceBySlice() {
        var window = RateWindow()
        for second in 0..<10 { window.count(quota, atMilliseconds: Int64(120 + second * 3) * 1000) }
        // The first slice of 5 s holds two.
        #expect(window.waitSeconds(for: quota, atMilliseconds: 150_000) == 35)
        #expect(window.waitSeconds(for: quota, atMilliseconds: 185_000) == nil)
        #expect(window.used == 8)
        #expect(window.waitSeconds(for: quota, atMilliseconds: 100_000_000) == nil)
        #expect(window.used == 0)
    }

    @Test(arguments: 0..<20) func noStretchHoldsMoreThanTheQuota(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let hour = Bool.random(using: &random)
        let quota = RateQuota(
            "test", .random(in: 1...40, using: &random), per: hour ? .hour : .minute)
        let length = quota.window.seconds * 1000
        var window = RateWindow()
        var admitted: [Int64] = []
        var now = Int64.random(in: 0...10_000_000, using: &random)
        var promised: Int64?
        for _ in 0..<3000 {
            let pause = length / Int64(quota.requests) * 2
            now += Int64.random(in: 0...max(pause, 1), using: &random)
            let wait = window.waitSeconds(for: quota, atMilliseconds: now)
            if let promised, now >= promised { #expect(wait == nil, "seed \(seed)") }
            if let wait {
                promised = now + wait * 1000
                #expect((1...(quota.window.seconds * 13 / 12)).contains(wait), "seed \(seed)")
            } else {
                promised = nil
                window.count(quota, atMilliseconds: now)
                admitted.append(now)
                let inWindow = admitted.suffix(quota.requests + 1).filter { $0 > now - length }
                #expect(inWindow.count <= quota.requests, "seed \(seed)")
            }
        }
    }

    @Test func aFloodOfClientsTakesBoundedMemoryAndForgetsTheQuietest() {
        var table = RateTable()
        var random = SeededRandom(seed: 7)
        let busy: UInt64 = random.next()
        for _ in 0..<10 { table.count(busy, quota, atMilliseconds: 120_000) }
        for _ in 0..<500_000 { table.count(random.next(), quota, atMilliseconds: 120_000) }
        #expect(table.count == RateTable.sets * RateTable.ways)
        #expect(table.waitSeconds(busy, quota, atMilliseconds: 120_000) != nil)
        // Nobody is refused for another's requests.
        for _ in 0..<10_000 {
            #expect(table.waitSeconds(random.next(), quota, atMilliseconds: 120_000) == nil)
        }
    }

    @Test func aFullSetGivesUpItsIdleClientsFirst() {
        var table = RateTable()
        let client = { (number: Int) in UInt64(number * RateTable.sets) }
        for number in 0..<RateTable.ways {
            for _ in 0...number { table.count(client(number), quota, atMilliseconds: 0) }
        }
        for _ in 0..<10 { table.count(client(1), quota, atMilliseconds: 65_000) }
        table.count(client(100), quota, atMilliseconds: 65_000)
        #expect(table.count == RateTable.ways)
        #expect(table.waitSeconds(client(1), quota, atMilliseconds: 65_000) != nil)
    }
}

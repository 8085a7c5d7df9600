import ConveyProtocol
import Synchronization
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: whatever dies and breaks, each order is at the platform exactly once with its final value,
/// never because of a refund, and never an older value after a newer one.
///
/// Method: many conversions with versions and refunds, wished in a random order of time, while the
/// platform loses answers, dies, forgets and refuses by a printed seed, and the runner is dropped
/// before and after every exchange. A value tells its version in its last digits. Every fourth seed
/// lets both lanes run at once, and then does not repeat to the letter.
@Suite struct ExactlyOnceTests {
    @Test(arguments: Backend.all, 1...40 as ClosedRange<UInt64>) func holdsUnderKillsAndFaults(
        _ backend: Backend, seed: UInt64
    ) async throws {
        var world = try await World(backend, seed: seed)
        try await world.storm()
        try await world.calm()
        try await world.check()
    }

    /// One history of orders: what is wished, in its order.
    struct Story {
        let conversion: Int64
        var wishes: [UploadWish]
        /// What the platform says of its click.
        let isBad: Bool
        /// A whole request with it is refused.
        let isPoison: Bool

        var last: UploadWish? { wishes.last }
    }

    struct World {
        let bench: Bench
        let stories: [Story]
        var waiting: [[UploadWish]]
        var random: SeededRandom
        var runner: UploadRunner
        let seed: UInt64

        init(_ backend: Backend, seed: UInt64) async throws {
            self.seed = seed
            random = SeededRandom(seed: seed)
            var timing = UploadTiming()
            (timing.holdFor, timing.firstAsk) = (.seconds(60), .seconds(300))
            bench = try await Bench(
                backend, uploadsMax: Int.random(in: 1...12, using: &random), timing: timing,
                seed: seed)
            try await bench.destination()
            var stories: [Story] = []
            for conversion in 1...Int64.random(in: 8...30, using: &random) {
                stories.append(Self.story(conversion, random: &random))
            }
            self.stories = stories
            waiting = stories.map(\.wishes)
            runner = try await bench.runner()
            let pointsAtRecords = Bool.random(using: &random)
            bench.platform.set { state in
                state.pointsAtRecords = pointsAtRecords
                for story in stories where story.isBad {
                    state.badClicks[Self.click(story.conversion)] = "INVALID_GCLID"
                }
                for story in stories where story.isPoison {
                    state.refused[Self.transaction(story.conversion)] = "INVALID_CURRENCY_CODE"
                }
            }
        }

        static func click(_ conversion: Int64) -> String { "\(Sample.gclid)-\(conversion)" }
        static func transaction(_ conversion: Int64) -> String {
            "\(Sample.siteA).\(1000 + conversion)"
        }

        static func story(_ conversion: Int64, random: inout SeededRandom) -> Story {
            let kind = Int.random(in: 0..<12, using: &random)
            var wishes: [UploadWish] = []
            for version in 1...Int.random(in: 1...6, using: &random) {
                let value = Money(
                    micros: Int64.random(in: 1...90, using: &random) * 1_000_000 + Int64(version),
                    currency: Sample.eur)
                var wish = UploadWish(
                    Sample.wish(conversion, version: version).subject,
                    at: Sample.now - .seconds(86_400), value: value, .counts)
                wish.adUserData = .granted
                wish.clicks = [
                    UploadClick(.gclid, click(conversion), at: Sample.now - .seconds(2 * 86_400))
                ]
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 2: wish.standing = .withdrawn(reason: "refunded")
                case 1: wish.standing = .waits(reason: "unconfirmed")
                default: break
                }
                wishes.append(wish)
            }
            if case .waits = wishes[wishes.count - 1].standing {
                wishes[wishes.count - 1].standing = .counts
            }
            return Story(
                conversion: conversion, wishes: wishes, isBad: kind == 0, isPoison: kind == 1)
        }

        // MARK: The storm

        mutating func storm() async throws {
            for _ in 0..<600 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: try await wishNext()
                case 1: try await replaceRunner()
                case 2...4: passTime()
                case 5: try await changeWeather()
                default: try await step()
                }
            }
            while waiting.contains(where: { !$0.isEmpty }) {
                try await wishNext()
                try await step()
            }
        }

        /// Rather a newer version of what was sent just now: its answer may be lost.
        mutating func wishNext() async throws {
            let open = waiting.indices.filter { !waiting[$0].isEmpty }
            let flying = Set(bench.platform.batches.last?.uploads.map(\.transactionID) ?? [])
            let struck = open.filter { flying.contains(Self.transaction(stories[$0].conversion)) }
            let isAimed = Int.random(in: 0..<4, using: &random) != 0 && !struck.isEmpty
            guard let index = (isAimed ? struck : open).randomElement(using: &random)
            else { return }
            let wish = waiting[index].removeFirst()
            try await bench.wish(wish)
            if Int.random(in: 0..<4, using: &random) == 0 { try await bench.wish(wish) }
        }

        mutating func replaceRunner() async throws { runner = try await bench.runner() }

        mutating func passTime() {
            let longest = [10, 600, 3600].randomElement(using: &random)!
            bench.clock.advance(by: .seconds(Int.random(in: 1...longest, using: &random)))
        }

        mutating func changeWeather() async throws {
            let (isAway, isGood) = (
                Int.random(in: 0..<8, using: &random) == 0,
                Int.random(in: 0..<8, using: &random) != 0
            )
            let delay = Duration.seconds(Int.random(in: 0...20_000, using: &random))
            bench.platform.set { state in
                (state.isAway, state.credentialIsGood, state.delay) = (isAway, isGood, delay)
            }
        }

        /// One step of one lane or of both, with whatever befalls it. Who dies is never asked again.
        mutating func step() async throws {
            let fault: SimulatedPlatform.Fault? =
                Bool.random(using: &random)
                ? nil : SimulatedPlatform.Fault.allCases.randomElement(using: &random)
            bench.platform.set { $0.faults = [fault] }
            let (runner, isSending) = (self.runner, Bool.random(using: &random))
            let isBoth = Int.random(in: 0..<4, using: &random) == 0 && seed.isMultiple(of: 4)
            let task = Task {
                if isBoth {
                    async let sent = runner.send()
                    async let asked = runner.ask()
                    _ = await (sent, asked)
                } else if isSending {
                    _ = await runner.send()
                } else {
                    _ = await runner.ask()
                }
            }
            let died = Died()
            bench.platform.whenDying {
                died.set()
                task.cancel()
            }
            await task.value
            bench.platform.set { $0.faults = [] }
            if died.isSet { try await replaceRunner() }
        }

        // MARK: The calm

        mutating func calm() async throws {
            bench.platform.set { state in
                (state.isAway, state.credentialIsGood, state.faults) = (false, true, [])
                state.delay = .zero
            }
            runner = try await bench.runner()
            await bench.pass(runner, hours: 72)
        }

        // MARK: What must hold

        func check() async throws {
            let records = bench.platform.records
            #expect(Set(records.keys).isSubset(of: stories.map { Self.transaction($0.conversion) }))
            for story in stories {
                let comment = Comment(rawValue: "seed \(seed), conversion \(story.conversion)")
                let states = try await bench.states(ofConversion: story.conversion)
                let record = records[Self.transaction(story.conversion)]
                for state in states {
                    let isOver = ["confirmed", "rejected", "cancelled"].contains {
                        state.hasPrefix($0)
                    }
                    #expect(isOver, "\(comment): \(states)")
                }
                checkHistory(record, story, comment)
                if story.isBad || story.isPoison {
                    #expect(record == nil, comment)
                    #expect(!states.contains("confirmed"), comment)
                    continue
                }
                let isWithdrawn = story.last?.standing != .counts
                if isWithdrawn {
                    #expect(record == nil || record?.values.last == 0, comment)
                } else {
                    #expect(record?.values.last == story.last?.valueMicros, comment)
                    #expect(states.last?.hasPrefix("confirmed") == true, "\(comment): \(states)")
                }
            }
        }

        /// A sale begins with a value that counts, and its values are those of versions that rise.
        private func checkHistory(
            _ record: SimulatedPlatform.Record?, _ story: Story, _ comment: Comment
        ) {
            guard let record else { return }
            #expect(record.count == 1, comment)
            #expect(record.values.first != 0, comment)
            let values = story.wishes.map { $0.standing == .counts ? $0.valueMicros : 0 }
            var version = 0
            for value in record.values {
                while version < values.count, values[version] != value { version += 1 }
            }
            #expect(version < values.count, "\(comment): \(record.values) of \(values)")
        }
    }
}

/// Whether the caller died.
final class Died: Sendable {
    private let state = Mutex(false)
    func set() { state.withLock { $0 = true } }
    var isSet: Bool { state.withLock { $0 } }
}

import Attribution
import ConveyProtocol
import Time
import Timeline

extension Part {
    /// All rule models over a million conversions, in process, on two threads.
    static let attribution = Part(
        name: "attribution", sentence: "Credits of all rule models: 1 M conversions, 5 touches."
    ) { bench in
        var result = PartResult("attribution", "Attribution", bench)
        result.tables = [await attributionTable(bench), personTable(bench)]
        return result
    }

    private static let conversions = 1_000_000
    private static let threads = 2

    private static func attributionTable(_ bench: Bench) async -> PartResult.Table {
        let sample = SampleConversions(10_000, touchesEach: 5)
        var bare: [Double] = []
        var models: [Double] = []
        for _ in 0..<bench.rounds {
            bare.append(await seconds(sample, sumMicros))
            models.append(await seconds(sample, sumCredits))
        }
        return PartResult.Table(
            title: "1,000,000 conversions with 5 touches each, \(threads) threads",
            columns: ["", "seconds", "µs of one thread each", "of the bare loop"],
            rows: [
                row("bare: values and times are summed", bare, bare.median),
                row("windows and 7 models, micros and shares", models, bare.median),
            ],
            notes: [
                """
                Aim: 5 s on 2 cores. 10,000 distinct conversions, gone through 100 times. Each is judged \
                against its window, weighed by seven models, split twice and returned as credits; the \
                bare loop only reads what the models read. Limits: sorting touches, one allocation a \
                credit, the decay of each touch.
                """
            ])
    }

    /// What one order costs that is reckoned anew.
    private static func personTable(_ bench: Bench) -> PartResult.Table {
        let clock = ContinuousClock()
        let rules = TouchRules(ownHosts: ["shop.example"])
        let rows = [20, 200, 2_000].map { count in
            let facts = SampleConversions.person(facts: count)
            guard let last = facts.last, let euros = Currency("EUR") else { return [String]() }
            let conversion = CreditedConversion(
                at: last.occurredAt, value: Money(micros: 99_990_000, currency: euros))
            var touches: [Touch] = []
            let milliseconds = (0..<bench.rounds * 5).map { _ in
                let start = clock.now
                touches = rules.touches(in: facts)
                precondition(!CreditReckoning().credits(for: conversion, among: touches).isEmpty)
                return (clock.now - start) / .milliseconds(1)
            }
            return [
                Numbers.text(count), Numbers.text(touches.count), Numbers.text(milliseconds.median),
            ]
        }
        return PartResult.Table(
            title: "One conversion anew: touches from all facts of a person, then credits",
            columns: ["facts", "touches", "ms"], rows: rows,
            notes: ["Aim: 5 ms, with reading and writing. 2,000 facts are the most of one person."])
    }

    private static func row(_ name: String, _ seconds: [Double], _ bare: Double) -> [String] {
        let each = seconds.median * Double(threads) / Double(conversions) * 1e6
        return [
            name, Numbers.text(seconds.median), Numbers.text(each),
            Numbers.text(seconds.median / bare),
        ]
    }

    /// Wall time of the threads together.
    private static func seconds(
        _ sample: SampleConversions,
        _ body: @escaping @Sendable (ArraySlice<SampleConversions.Path>) -> Int64
    ) async -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let half = sample.paths.count / threads
        let sum = await withTaskGroup(of: Int64.self) { group in
            for thread in 0..<threads {
                let own = sample.paths[thread * half..<(thread + 1) * half]
                group.addTask {
                    (0..<conversions / sample.paths.count).reduce(0) { sum, _ in sum &+ body(own) }
                }
            }
            return await group.reduce(0, &+)
        }
        precondition(sum != 0, "The work was done.")
        return (clock.now - start) / .seconds(1)
    }

    @Sendable private static func sumMicros(_ paths: ArraySlice<SampleConversions.Path>) -> Int64 {
        var sum: Int64 = 0
        for path in paths {
            for touch in path.touches {
                sum &+= path.conversion.value.micros &+ touch.at.microseconds
            }
        }
        return sum
    }

    @Sendable private static func sumCredits(_ paths: ArraySlice<SampleConversions.Path>) -> Int64 {
        let reckoning = CreditReckoning()
        var sum: Int64 = 0
        for path in paths {
            for credit in reckoning.credits(for: path.conversion, among: path.touches) {
                sum &+= credit[.linear].micros &+ credit[.timeDecay].billionths
            }
        }
        return sum
    }
}

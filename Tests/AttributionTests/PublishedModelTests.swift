import Attribution
import ConveyProtocol
import Foundation
import Testing
import Time
import Timeline

/// Goal: the rule models agree with a published implementation on public data. Method: what PyPI's
/// marketing-attribution-models says of the journeys in its own description, and of drawn ones, as
/// `Tests/Independent/published_models.py` wrote it down.
@Suite struct PublishedModelTests {
    private struct Journey: Decodable {
        let channels: [String]
        let hours: [Double]
        let shares: [String: [Double]]

        /// The package counts direct visits like any other; two touches of one hour follow by place.
        var touches: [Touch] {
            channels.indices.map { place in
                let age: Duration = .seconds(Int(hours[place]) * 3_600)
                return Sample.touch(
                    channels[place] == "Direct" ? .direct : .tagged,
                    at: Sample.day(40) - age + .microseconds(place), named: "\(place)")
            }
        }
    }

    private static let journeys: [Journey] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Independent/published_journeys.json")
        return try! JSONDecoder().decode([Journey].self, from: Data(contentsOf: file))
    }()

    @Test(arguments: [
        CreditModel.lastTouch, .lastNonDirect, .firstTouch, .linear, .positionBased, .timeDecay,
    ])
    func agreesWithThePackage(_ model: CreditModel) throws {
        let rules = CreditRules(
            halfLifeDays: 1, firstPercent: 40, lastPercent: 40, countsDirect: true,
            resetsOnConversion: false)!
        let euros = Money(micros: 1_000_000_000, currency: Currency("EUR")!)
        let conversion = CreditedConversion(at: Sample.day(40) + .seconds(1), value: euros)
        #expect(Self.journeys.count > 50)
        for journey in Self.journeys {
            let isNobodys = journey.channels.allSatisfy { $0 == "Direct" }
            // The package credits the first direct visit then, ours nobody.
            if model == .lastNonDirect, isNobodys { continue }
            let credits = CreditReckoning(rules: rules).credits(
                for: conversion, among: journey.touches)
            let shares = try #require(journey.shares[model.rawValue])
            for (place, share) in shares.enumerated() {
                let own = credits.billionths(model)["\(place)"] ?? 0
                #expect(abs(Double(own) - share * 1e9) <= 1.5, "\(journey.channels) \(place)")
                let micros = credits.micros(model)["\(place)"] ?? 0
                #expect(abs(Double(micros) - share * 1e9) <= 10_000, "\(journey.channels)")
            }
        }
    }
}

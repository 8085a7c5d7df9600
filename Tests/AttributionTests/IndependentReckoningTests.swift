import Attribution
import Child
import ConveyProtocol
import Foundation
import TestSupport
import Testing
import Time
import Timeline

/// Goal: docs/attribution.md says all that is needed to reckon credits. Method: a Python program that
/// follows it with whole numbers reckons drawn conversions again, to the micro.
@Suite struct IndependentReckoningTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardized

    @Test func aPlainScriptAgreesToTheMicro() async throws {
        let python = Self.root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let seed = random.seed
        let lines = try (0..<500).map { _ in try line(using: &random) }
        let folder = try TemporaryDirectory()
        try lines.joined(separator: "\n").write(
            toFile: folder.file("cases"), atomically: true, encoding: .utf8)
        let script = Self.root.appending(path: "Tests/Independent/attribution.py").path
        let program = try Program.start(
            python, [script, folder.file("cases")], log: folder.file("log"))
        let status = await program.ended()
        let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
        #expect(status == 0, "seed \(seed): \(log)")
        #expect(log.contains("500 cases, 0 differ"))
    }

    private func line(using random: inout SeededRandom) throws -> String {
        let days = Int.random(in: 1...90, using: &random)
        let touches = (0..<Int.random(in: 0...14, using: &random)).map { place in
            let kind = Touch.Kind.allCases.randomElement(using: &random)!
            return Sample.touch(
                kind, at: Sample.day(50) - .microseconds(age(days, using: &random)),
                named: "\(place)")
        }
        let code = ["EUR", "JPY", "KWD", "CLF"].randomElement(using: &random)!
        let ceiling = Int64(1) << Int64.random(in: 0...58, using: &random)
        let value = Money(
            micros: Int64.random(in: 0..<ceiling, using: &random), currency: Currency(code)!)
        let first = Int.random(in: 0...100, using: &random)
        let rules = CreditRules(
            halfLifeDays: Int.random(in: 1...90, using: &random), firstPercent: first,
            lastPercent: Int.random(in: 0...100 - first, using: &random),
            countsDirect: Bool.random(using: &random),
            resetsOnConversion: Bool.random(using: &random))!
        let hasEarlier = Bool.random(using: &random)
        let conversion = CreditedConversion(
            at: Sample.day(50), value: value, earlier: hasEarlier ? Sample.day(45) : nil)
        return try json(touches, conversion, rules, days: days)
    }

    /// Often at an edge, or a microsecond beside it.
    private func age(_ days: Int, using random: inout SeededRandom) -> Int64 {
        let edges: [Int64] = [0, -300_000_000, Int64(days) * 86_400_000_000, 5 * 86_400_000_000]
        let edge = edges.randomElement(using: &random)!
        switch Int.random(in: 0...3, using: &random) {
        case 0: return edge + Int64.random(in: -1...1, using: &random)
        case 1: return Int64.random(in: -700_000_000...0, using: &random)
        default: return Int64.random(in: 0...40 * 86_400_000_000, using: &random)
        }
    }

    private func json(
        _ touches: [Touch], _ conversion: CreditedConversion, _ rules: CreditRules, days: Int
    ) throws -> String {
        var windows = WindowLevels()
        windows.organization = Window(days: days)
        let credits = CreditReckoning(rules: rules, windows: windows)
            .credits(for: conversion, among: touches)
        let object: [String: Any] = [
            "models": CreditModel.allCases.map(\.rawValue), "window_days": days,
            "conversion": [
                "at_us": conversion.at.microseconds, "micros": conversion.value.micros,
                "unit_micros": conversion.value.currency.minorUnitMicros,
                "earlier_us": conversion.earlier.map { $0.microseconds as Any } ?? NSNull(),
            ],
            "rules": [
                "half_life_days": rules.halfLifeDays, "first_percent": rules.firstPercent,
                "last_percent": rules.lastPercent, "counts_direct": rules.countsDirect,
                "resets": rules.resetsOnConversion,
            ],
            "touches": touches.map { touch in
                [
                    "id": hex(touch.id), "at_us": touch.at.microseconds,
                    "kind": touch.kind.rawValue,
                    "is_click": touch.kind == .adClick || touch.kind == .campaignLink,
                ] as [String: Any]
            },
            "credits": Dictionary(
                uniqueKeysWithValues: credits.map { (hex($0.touch), shares($0)) }),
        ]
        let bytes = try JSONSerialization.data(withJSONObject: object)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func shares(_ credit: Credit) -> [String: [Int64]] {
        CreditModel.allCases.reduce(into: [:]) { found, model in
            guard credit[model] != .none else { return }
            found[model.rawValue] = [credit[model].micros, credit[model].billionths]
        }
    }

    private func hex(_ id: DerivedID) -> String {
        id.description.filter { $0 != "-" }
    }
}

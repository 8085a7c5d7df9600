import Child
import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// A running aggregator of one test. Whatever the test does, no program and no file is left behind,
/// unless it throws: then the logs stay, to be read.
struct Scene {
    let stage: Stage
    let aggregator: Program

    /// Sets the stage, runs the test, ends the aggregator, clears the stage.
    static func run(
        on backend: Backend, _ test: (Scene) async throws -> Void
    ) async throws {
        let stage = try await Stage.fresh(on: backend)
        let aggregator = try await stage.startAggregator()
        do {
            try await test(Scene(stage: stage, aggregator: aggregator))
        } catch {
            await aggregator.crash()
            print("What the programs said lies in \(stage.folder)/logs.")
            throw error
        }
        await aggregator.crash()
        try stage.remove()
    }

    /// A figure of the aggregator's memory, in KiB.
    /// - Parameter name: `VmRSS`, now, or `VmHWM`, at its highest.
    func memory(_ name: String) throws -> Int {
        let text = try String(
            contentsOfFile: "/proc/\(aggregator.id)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return try #require(
            line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    /// Everything that both programs wrote into their logs.
    func logs() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: stage.path("logs"))
        return try Dictionary(
            uniqueKeysWithValues: names.filter { $0.hasSuffix(".log") }.map { name in
                (name, try String(contentsOfFile: stage.path("logs/\(name)"), encoding: .utf8))
            })
    }

    /// Ids of the stored events of an organization.
    func events(of organization: String) async throws -> [String] {
        try await stage.rows([
            "events", "list", "--organization", organization, "--limit", "1000000", "--json",
        ]).compactMap { $0["id"] }
    }

    /// Events of an organization that were turned down, and why.
    func deadLetters(of organization: String) async throws -> [String: String] {
        let rows = try await stage.rows([
            "dead-letters", "list", "--organization", organization, "--json",
        ])
        return Dictionary(rows.map { ($0["event"] ?? "", $0["code"] ?? "") }) { first, _ in first }
    }
}

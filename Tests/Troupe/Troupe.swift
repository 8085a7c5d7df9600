package import Child
import Foundation
package import HTTP
package import Stage
import Synchronization

/// The aggregators of one test: as many processes as it wants on one database, each with a data
/// directory and a port of its own, and a balancer before them.
package final class Troupe: Sendable {
    /// Where all programs of the test run; the first aggregator's.
    package let stage: Stage
    /// The balancer, which can misbehave, too.
    package let wire: BadWire
    /// How many aggregators there are; they are numbered from 1.
    package let count: Int
    private let members = Mutex<[Int: Member]>([:])

    private struct Member {
        let stage: Stage
        var program: Program?
    }

    /// Sets the stage for so many aggregators and starts none.
    /// - Parameters:
    ///   - names: more names (`host:port`) under which they may be reached.
    ///   - settings: more lines of the aggregators' configuration.
    package init(
        of count: Int, on database: StageDatabase, names: [String] = [], settings: String = ""
    ) throws {
        self.count = count
        wire = try BadWire()
        stage = try Stage.fresh(
            programs: Stage.builtPrograms, names: names + ["localhost:\(wire.port)"],
            settings: settings,
            database: database)
        members.withLock { [stage] in $0[1] = Member(stage: stage) }
    }

    /// Where collectors reach whichever aggregator listens.
    package var road: Origin { get throws { try Stage.origin("https://localhost:\(wire.port)") } }

    /// The stage as one of them sees it; those behind the first, once that has started.
    package func stage(_ number: Int) throws -> Stage {
        try members.withLock { members in
            if let member = members[number] { return member.stage }
            let other = try stage.beside(number)
            members[number] = Member(stage: other)
            return other
        }
    }

    // MARK: Processes

    /// Starts all, the first one first: it makes the database and the keys.
    package func start(environment: [String: String] = [:]) async throws {
        for number in 1...count { try await start(number, environment: environment) }
        wire.lead(to: try (1...count).map { try stage($0).aggregatorPort })
    }

    /// Starts one and waits until it takes batches.
    package func start(_ number: Int, environment: [String: String] = [:]) async throws {
        try await begin(number, environment: environment).ready()
    }

    /// Starts one and does not wait for it.
    @discardableResult
    package func begin(_ number: Int, environment: [String: String] = [:]) throws -> Program {
        let own = try stage(number)
        let program = try Program.start(
            "\(own.programs)/convey-aggregator", ["serve", "--config", own.configuration],
            environment: own.environment.merging(environment) { $1 }, log: Self.log(of: own))
        members.withLock { $0[number]?.program = program }
        return program
    }

    /// The process of a number; nil before its first start.
    package func program(_ number: Int) -> Program? { members.withLock { $0[number]?.program } }

    /// Whether one runs that was started last.
    package func isRunning(_ number: Int) -> Bool {
        guard let id = program(number)?.id,
            let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        else { return false }
        return !status.contains("State:\tZ")
    }

    /// Kills one as an accident would.
    package func crash(_ number: Int) async { await program(number)?.crash() }

    /// Kills all that run, and takes no more connections.
    package func end() async {
        for number in 1...count { await crash(number) }
        wire.cut()
    }

    /// What one of them has logged.
    package func log(_ number: Int) throws -> String {
        let bytes = FileManager.default.contents(atPath: Self.log(of: try stage(number)))
        return String(decoding: bytes ?? Data(), as: UTF8.self)
    }

    private static func log(of stage: Stage) -> String {
        let name = stage.configuration.split(separator: "/").last?.dropLast(".yaml".count) ?? ""
        return stage.path("logs/\(name).log")
    }
}

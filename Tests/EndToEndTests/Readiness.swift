import Child
import Foundation
import HTTP
import Stage
import Testing
import Troupe

/// What the aggregators of a rehearsal say of themselves, asked one by one and not by the balancer.
struct Readiness: Sendable {
    private let rehearsal: Rehearsal
    private let client: Client

    init(_ rehearsal: Rehearsal) {
        self.rehearsal = rehearsal
        client = Client(
            Client.Settings(
                trust: .authority(pem: rehearsal.stage.authorityPEM), totalTimeout: .seconds(90)),
            name: "readiness")
    }

    /// How soon an aggregator must have said that it cannot: the wait for a connection, and some air.
    static let refusalWithin: Duration = .seconds(10)

    /// Asks one whether it can store a batch now.
    func answer(of number: Int) async throws -> Response {
        let stage = try rehearsal.troupe.stage(number)
        return try await client.send(ClientRequest(.get, stage.aggregator, "/readyz"))
    }

    /// A figure of one's metrics; 0 where it shows none.
    func metric(_ name: String, of number: Int) async throws -> Double {
        let stage = try rehearsal.troupe.stage(number)
        let answer = try await client.send(ClientRequest(.get, stage.aggregator, "/metrics"))
        return String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    /// Waits until all say 503 and when to come again, each in bounded time.
    func expectRefusals() async throws {
        for number in 1...rehearsal.troupe.count {
            let start = ContinuousClock.now
            let answer = try await Patience.ask(within: .seconds(60)) {
                try await self.answer(of: number)
            } until: {
                $0.status == 503
            }
            #expect(answer.status == 503 && answer.headers["Retry-After"] != nil)
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    /// Waits until all take batches again, by themselves: they are the processes that they were.
    func expectRecovery(within limit: Duration = .seconds(60)) async throws {
        for number in 1...rehearsal.troupe.count {
            let answer = try await Patience.ask(within: limit) {
                try await self.answer(of: number)
            } until: {
                $0.status == 200
            }
            #expect(answer.status == 200, "aggregator \(number) did not recover")
        }
    }
}

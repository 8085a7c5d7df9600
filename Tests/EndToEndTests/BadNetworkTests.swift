import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: whatever the network does, nothing is lost, and `status` says in plain words what is wrong.
///
/// Method: the collector reaches its aggregator by a wire of the test's, which misbehaves until the
/// trouble was suffered and told, and then heals.
@Suite(.inTurn) struct BadNetworkTests {
    // MARK: Bytes

    struct Case: Sendable, CustomTestStringConvertible {
        let trouble: BadWire.Trouble
        /// What `status` says meanwhile; nil where everything arrives all the same.
        let words: String?
        var testDescription: String { "\(trouble)" }
    }

    @Test(
        arguments: Backend.ofPrograms,
        [
            Case(trouble: .reset(after: 0), words: "no TLS connection came about"),
            Case(trouble: .reset(after: 3_000), words: nil),
            Case(trouble: .truncate(after: 1_000), words: "Nothing is delivered"),
            Case(trouble: .flip(at: 100, ofAnswers: true), words: "Nothing is delivered"),
            Case(trouble: .flip(at: 900, ofAnswers: false), words: "Nothing is delivered"),
            Case(trouble: .double, words: "Nothing is delivered"),
            Case(trouble: .drip, words: nil),
        ])
    func aWireThatMisbehaves(_ backend: Backend, _ sample: Case) async throws {
        let wire = try BadWire()
        try await Rehearsal.run(.init(backend: backend, wire: wire)) { rehearsal in
            try await rehearsal.bring(visits: 10, seed: 1)
            try await rehearsal.books.settled(within: .seconds(60))
            wire.set(sample.trouble)
            wire.hangUp()
            try await rehearsal.bring(visits: 20, seed: 2)
            await wire.troubled(times: 1)
            if let words = sample.words {
                _ = try await rehearsal.books.edge { edge in
                    edge.problems.contains { $0.contains(words) }
                }
            }
            wire.set(.none)
            try await rehearsal.expectNothingLost()
            #expect(try await rehearsal.books.edge().problems.isEmpty)
        }
        wire.cut()
    }

    /// Nobody says anything any more; the router that is restarted then says so.
    @Test(arguments: Backend.ofPrograms, [BadWire.Trouble.halfOpen, .stall(after: 900)])
    func aWireThatFallsSilent(
        _ backend: Backend, _ trouble: BadWire.Trouble
    ) async throws {
        let wire = try BadWire()
        try await Rehearsal.run(.init(backend: backend, wire: wire)) { rehearsal in
            wire.set(trouble)
            wire.hangUp()
            try await rehearsal.bring(visits: 20, seed: 3)
            await wire.troubled(times: 1)
            // Shops are served meanwhile.
            try await rehearsal.bring(visits: 5, seed: 4)
            wire.set(.none)
            wire.hangUp()
            try await rehearsal.expectNothingLost()
        }
        wire.cut()
    }

    // MARK: Strangers

    @Test(
        arguments: Backend.ofPrograms,
        [
            (Middlebox.Conduct.portal, "an answer 200 came without its signature"),
            (.firewall, "an answer 400 came without its signature"),
            (.badGateway, "an answer 502 came without its signature"),
            (.redirect, "an answer 302 came without its signature"),
            (.altersAnswers, "a signature that does not hold"),
            (.answersFromMemory, "a signature that does not hold"),
            (.altersRequests, "The request was altered on the way"),
            (.doubles, ""),
        ])
    func aBoxInBetween(
        _ backend: Backend, _ sample: (conduct: Middlebox.Conduct, words: String)
    ) async throws {
        let (conduct, words) = sample
        let wire = try BadWire()
        // Below the ports that the kernel gives out by itself.
        let plain = 20_000 + Int(wire.port) % 12_000
        var plan = Rehearsal.Plan(backend: backend, wire: wire)
        plan.aggregatorEnvironment = ["CONVEY_AGGREGATOR_LISTEN_PLAIN": "127.0.0.1:\(plain)"]
        try await Rehearsal.run(plan) { rehearsal in
            let box = try Middlebox(to: UInt16(plain), on: rehearsal.stage)
            wire.lead(to: box.port)
            wire.hangUp()
            try await rehearsal.bring(visits: 5, seed: 5)
            try await rehearsal.books.settled(within: .seconds(60))
            box.set(conduct)
            try await rehearsal.bring(visits: 20, seed: 6)
            await box.treated(times: 2)
            if !words.isEmpty {
                _ = try await rehearsal.books.edge { edge in
                    edge.pending > 0 && edge.problems.contains { $0.contains(words) }
                }
            }
            box.set(.passes)
            try await rehearsal.expectNothingLost()
            let ledger = try await rehearsal.books.ledger()
            #expect(ledger.gaps == 0 && ledger.findings.isEmpty)
            await box.stop()
        }
        wire.cut()
    }

    @Test(arguments: Backend.ofPrograms, [Middlebox.Certificate.unknownAuthority, .expired])
    func aCertificateThatIsNotTheAggregators(
        _ backend: Backend, _ certificate: Middlebox.Certificate
    ) async throws {
        let wire = try BadWire()
        try await Rehearsal.run(.init(backend: backend, wire: wire)) { rehearsal in
            let box = try Middlebox(to: 1, on: rehearsal.stage, certificate)
            wire.lead(to: box.port)
            wire.hangUp()
            try await rehearsal.bring(visits: 10, seed: 7)
            _ = try await rehearsal.books.edge { edge in
                edge.pending > 0 && edge.problems.contains { $0.contains("TLS certificate") }
            }
            let text = try await rehearsal.merchant.collector(["status"])
            #expect(text.contains("TLS certificate"))
            wire.lead(to: rehearsal.stage.aggregatorPort)
            wire.hangUp()
            try await rehearsal.expectNothingLost()
            await box.stop()
        }
        wire.cut()
    }
}

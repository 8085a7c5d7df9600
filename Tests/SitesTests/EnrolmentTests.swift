import ConveyProtocol
import Crypto
import Gate
import Sites
import TestSupport
import Testing

/// Goal: a token enrols one collector once; revocation works at once and can be mended. Method: the
/// desk and the directory around a real store.
@Suite struct EnrolmentTests {
    @Test(arguments: Backend.all) func enrolsOnceAndRepeats(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let collector = try await tenants.collector(acme, "edge-1", [site])
        let token = try await tenants.token(acme, collector)
        let edge = Edge()
        let first = try await tenants.enrol(edge, token)
        #expect(first.collector == collector.id)
        #expect(first.isNew)
        tenants.clock.advance(by: .seconds(3600))
        let second = try await tenants.enrol(edge, token)
        #expect(second.collector == collector.id)
        #expect(!second.isNew)
        #expect(second.settings == first.settings)
        let known = try #require(try await tenants.known(edge))
        #expect(known.id == collector.id)
        #expect(known.sites == [site.id: site.number])
        #expect(!known.isRevoked)
        await #expect(throws: ProtocolProblem.tokenInvalid) {
            try await tenants.enrol(Edge(), token)
        }
    }

    @Test(arguments: Backend.all) func refusesALateOrForgedToken(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let collector = try await tenants.collector(acme, "edge-1", [site])
        let token = try await tenants.token(acme, collector)
        let forged = EnrolmentToken(
            aggregator: tenants.aggregator.verifyingKey, random: RandomBytes())
        await #expect(throws: ProtocolProblem.tokenInvalid) {
            try await tenants.enrol(Edge(), forged)
        }
        tenants.clock.advance(by: .seconds(901))
        await #expect(throws: ProtocolProblem.tokenInvalid) {
            try await tenants.enrol(Edge(), token)
        }
    }

    @Test(arguments: Backend.all) func revokesAtOnceAndEnrolsAgain(_ backend: Backend) async throws
    {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let collector = try await tenants.collector(acme, "edge-1", [site])
        let edge = Edge()
        _ = try await tenants.enrol(edge, try await tenants.token(acme, collector))
        #expect(try await tenants.known(edge)?.isRevoked == false)
        try await tenants.write(acme) { try CollectorTable($0, at: $1).revoke(collector) }
        tenants.directory.forget()
        #expect(try await tenants.known(edge)?.isRevoked == true)
        let fresh = Edge()
        let again = try await tenants.enrol(fresh, try await tenants.token(acme, collector))
        #expect(again.collector == collector.id)
        #expect(try await tenants.known(edge)?.isRevoked == true)
        #expect(try await tenants.known(fresh)?.isRevoked == false)
        _ = try await tenants.enrol(edge, try await tenants.token(acme, collector))
        #expect(try await tenants.known(edge)?.isRevoked == false)
        #expect(try await tenants.known(fresh)?.isRevoked == true)
    }

    @Test(arguments: Backend.all)
    func revocationEndsTokensThatWait(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let collector = try await tenants.collector(acme, "edge-1", [site])
        let token = try await tenants.token(acme, collector)
        try await tenants.write(acme) { try CollectorTable($0, at: $1).revoke(collector) }
        await #expect(throws: ProtocolProblem.tokenInvalid) {
            try await tenants.enrol(Edge(), token)
        }
    }

    @Test(arguments: Backend.all)
    func aKeyBelongsToOneCollectorForEver(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let one = try await tenants.collector(acme, "edge-1", [site])
        let two = try await tenants.collector(acme, "edge-2", [site])
        let edge = Edge()
        _ = try await tenants.enrol(edge, try await tenants.token(acme, one))
        let token = try await tenants.token(acme, two)
        await #expect(throws: ProtocolProblem.tokenInvalid) {
            try await tenants.enrol(edge, token)
        }
    }

    @Test(arguments: Backend.all) func listsStates(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let one = try await tenants.collector(acme, "edge-1", [site])
        _ = try await tenants.collector(acme, "edge-2", [site])
        _ = try await tenants.enrol(Edge(), try await tenants.token(acme, one))
        let states = try await tenants.write(acme) { tenant, now in
            try CollectorTable(tenant, at: now).all().map(\.state)
        }
        #expect(states == [.enrolled, .waiting])
        try await tenants.write(acme) { try CollectorTable($0, at: $1).revoke(one) }
        let after = try await tenants.write(acme) { tenant, now in
            try CollectorTable(tenant, at: now).named("edge-1").state
        }
        #expect(after == .revoked)
    }
}

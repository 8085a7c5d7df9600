import ConveyProtocol
import Crypto
import Gate
import HTTP
import Sites
import Store
import TestSupport
import Testing
import Time

/// Goal: one signed exchange puts a collector's new key in force, the former one ends when it should, and
/// nobody but the holder of both can do it. Method: the desk, the directory and the gate around a real
/// store; forged, repeated, late and greedy requests.
@Suite struct KeyRotationTests {
    private static let overlap: Duration = .seconds(3600)

    /// A collector that is enrolled.
    private struct Scene {
        let tenants: Tenants
        let organization: Int64
        let collector: CollectorRecord
        let site: SiteRecord
        let first = Edge()

        init(_ backend: Backend) async throws {
            tenants = try await Tenants.make(backend)
            organization = try await tenants.organization("Acme")
            site = try await tenants.site(organization, "acme")
            collector = try await tenants.collector(organization, "edge-1", [site])
            _ = try await tenants.enrol(first, try await tenants.token(organization, collector))
        }

        func wish(
            _ next: Edge, after signer: Edge, of collector: CollectorID? = nil
        ) -> KeyRotationRequest {
            KeyRotationRequest(
                next.key, box: next.box.publicKey,
                after: .init(collector ?? self.collector.id, key: signer.key.verifyingKey),
                sentAt: tenants.clock.wall.now())
        }

        @discardableResult func rotate(
            _ request: KeyRotationRequest, signedBy signer: Edge
        ) async throws -> KeyRotationDesk.Rotated {
            let known = try #require(try await tenants.known(signer))
            let now = tenants.clock.wall.now()
            let rotated = try await tenants.store.write {
                try KeyRotationDesk(overlap: KeyRotationTests.overlap).rotate(
                    request, of: known, at: now, in: $0)
            }
            tenants.directory.forget()
            return rotated
        }

        @discardableResult func rotate(
            to next: Edge, from signer: Edge
        ) async throws -> KeyRotationDesk.Rotated {
            try await rotate(wish(next, after: signer), signedBy: signer)
        }

        /// What the door says to a signed question for the settings.
        func isTaken(_ edge: Edge) async throws -> Bool {
            var headers: Headers = ["Host": "aggregator.example"]
            let now = tenants.clock.wall.now()
            let profile = MessageSignatureProfile(
                label: SignatureRule.label, tag: SignatureRule.tag)
            let unsigned = SignableRequest(
                method: "GET", authority: "aggregator.example", target: SiteSettings.path,
                headers: headers)
            profile.sign(&headers, of: unsigned, with: edge.key, at: now)
            do throws(ProtocolProblem) {
                let request = Request(
                    .get, SiteSettings.path, headers: headers, by: Request.Arrival(isTLS: true))
                _ = try await tenants.gate.admit(request, .none, by: tenants.directory)
                return true
            } catch {
                #expect(error == .keyRevoked)
                return false
            }
        }

        func states() async throws -> [CollectorKeyRecord.State] {
            try await tenants.write(organization) { [collector] tenant, now in
                try CollectorTable(tenant, at: now).keys(of: collector, at: now).map(\.state)
            }
        }
    }

    @Test(arguments: Backend.all) func takesBothKeysDuringTheOverlap(_ backend: Backend)
        async throws
    {
        let scene = try await Scene(backend)
        let next = Edge()
        let before = try await scene.tenants.settings(scene.first).version
        let now = scene.tenants.clock.wall.now()
        let rotated = try await scene.rotate(to: next, from: scene.first)
        #expect(rotated.isNew)
        #expect(rotated.formerUntil == now + Self.overlap)
        #expect(rotated.settings > before)
        #expect(try await scene.isTaken(scene.first))
        #expect(try await scene.isTaken(next))
        #expect(try await scene.states() == [.retiring(until: now + Self.overlap), .inForce])
        #expect(try await scene.tenants.known(next)?.id == scene.collector.id)
        scene.tenants.clock.advance(by: Self.overlap - .seconds(1))
        #expect(try await scene.isTaken(scene.first))
        scene.tenants.clock.advance(by: .seconds(1))
        #expect(try await !scene.isTaken(scene.first))
        #expect(try await scene.isTaken(next))
        #expect(try await scene.states() == [.ended(at: now + Self.overlap), .inForce])
    }

    @Test(arguments: Backend.all) func boxesSecretsToTheKeyThatAsks(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        let next = Edge()
        let (site, sealing) = (scene.site, scene.tenants.sealing)
        try await scene.tenants.write(scene.organization) { tenant, now in
            try WebhookSecrets(tenant, sealing).set(
                "shpss_secret", of: site, .shopify, at: now, random: RandomBytes())
        }
        try await scene.rotate(to: next, from: scene.first)
        for (edge, other) in [(scene.first, next), (next, scene.first)] {
            let settings = try await scene.tenants.settings(edge)
            let box = try #require(settings.sites[0].webhookSecrets["shopify"]?.first)
            #expect(
                WebhookSecretBox.open(box, for: site.id, .shopify, with: edge.box)
                    == "shpss_secret")
            #expect(WebhookSecretBox.open(box, for: site.id, .shopify, with: other.box) == nil)
        }
    }

    @Test(arguments: Backend.all) func repeatsWithoutChange(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let next = Edge()
        let first = try await scene.rotate(to: next, from: scene.first)
        scene.tenants.clock.advance(by: .seconds(60))
        for signer in [scene.first, next] {
            let again = try await scene.rotate(to: next, from: signer)
            #expect(!again.isNew)
            #expect(again.settings == first.settings)
            #expect(again.formerUntil == first.formerUntil)
        }
        scene.tenants.clock.advance(by: Self.overlap)
        #expect(try await scene.rotate(to: next, from: next).isNew == false)
        #expect(try await scene.states().count == 2)
    }

    @Test(arguments: Backend.all)
    func onlyTheHolderOfBothKeysForThisCollector(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let other = try await scene.tenants.collector(scene.organization, "edge-2", [scene.site])
        let (thief, next) = (Edge(), Edge())
        let proof = ProtocolProblem.malformed(pointer: "/proof", code: "invalid_value")
        for wish in [
            scene.wish(next, after: thief), scene.wish(next, after: scene.first, of: other.id),
        ] {
            await #expect(throws: proof) { try await scene.rotate(wish, signedBy: scene.first) }
        }
        let stolen = scene.wish(next, after: scene.first)
        let text = String(decoding: stolen.json, as: UTF8.self)
        let edited = try KeyRotationRequest(
            json: Array(
                text.replacing(
                    next.box.publicKey.base64URL, with: thief.box.publicKey.base64URL
                ).utf8))
        await #expect(throws: proof) { try await scene.rotate(edited, signedBy: scene.first) }
        #expect(try await scene.states() == [.inForce])
    }

    @Test(arguments: Backend.all) func aFormerKeyCanDeliverButNotRotate(_ backend: Backend)
        async throws
    {
        let scene = try await Scene(backend)
        let next = Edge()
        try await scene.rotate(to: next, from: scene.first)
        await #expect(throws: ProtocolProblem.keyReplaced) {
            try await scene.rotate(to: Edge(), from: scene.first)
        }
        let taken = ProtocolProblem.malformed(pointer: "/public_key", code: "invalid_value")
        await #expect(throws: taken) { try await scene.rotate(to: scene.first, from: next) }
        let third = Edge()
        try await scene.rotate(to: third, from: next)
        #expect(
            try await !scene.isTaken(scene.first), "A second rotation ends the first's overlap.")
        #expect(try await scene.isTaken(next))
        #expect(try await scene.isTaken(third))
    }

    @Test(arguments: Backend.all) func revocationEndsEveryKeyAtOnce(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        let next = Edge()
        try await scene.rotate(to: next, from: scene.first)
        try await scene.tenants.write(scene.organization) { [collector = scene.collector] in
            try CollectorTable($0, at: $1).revoke(collector)
        }
        scene.tenants.directory.forget()
        for edge in [scene.first, next] {
            #expect(try await !scene.isTaken(edge))
            await #expect(throws: ProtocolProblem.keyRevoked) {
                try await scene.rotate(to: Edge(), from: edge)
            }
        }
        let fresh = Edge()
        let token = try await scene.tenants.token(scene.organization, scene.collector)
        #expect(try await scene.tenants.enrol(fresh, token).collector == scene.collector.id)
        #expect(try await scene.isTaken(fresh))
        #expect(try await !scene.isTaken(next))
    }

    @Test(arguments: Backend.all) func enrollingAgainEndsAnOverlap(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        let next = Edge()
        try await scene.rotate(to: next, from: scene.first)
        let fresh = Edge()
        _ = try await scene.tenants.enrol(
            fresh, try await scene.tenants.token(scene.organization, scene.collector))
        #expect(try await !scene.isTaken(scene.first))
        #expect(try await !scene.isTaken(next))
        try await scene.rotate(to: Edge(), from: fresh)
        #expect(try await scene.isTaken(fresh))
    }

    @Test(arguments: Backend.all) func anotherCollectorsKeyIsNobodyElses(_ backend: Backend)
        async throws
    {
        let scene = try await Scene(backend)
        let other = try await scene.tenants.collector(scene.organization, "edge-2", [scene.site])
        let second = Edge()
        _ = try await scene.tenants.enrol(
            second, try await scene.tenants.token(scene.organization, other))
        let taken = ProtocolProblem.malformed(pointer: "/public_key", code: "invalid_value")
        await #expect(throws: taken) { try await scene.rotate(to: second, from: scene.first) }
    }

    @Test(arguments: Backend.all) func tellsAGreedyCollectorToWait(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        var key = scene.first
        for _ in 1..<20 {
            let next = Edge()
            try await scene.rotate(to: next, from: key)
            key = next
        }
        await #expect(throws: ProtocolProblem.slowDown(retryAfter: .seconds(3600))) {
            try await scene.rotate(to: Edge(), from: key)
        }
        scene.tenants.clock.advance(by: .seconds(86_401))
        try await scene.rotate(to: Edge(), from: key)
    }
}

import ConveyProtocol
import Crypto
import Gate
import HTTP
import Sites
import Synchronization
import TestSupport
import Testing

/// Goal: enrolment and settings as they travel: signed, witnessed, cached by ETag. Method: requests
/// made by hand into the routes' handlers.
@Suite struct CollectorRoutesTests {
    private static let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    private final class Witness: Sendable {
        let seen = Mutex<[CollectorID]>([])
    }

    private struct Scene {
        let tenants: Tenants
        let token: EnrolmentToken
        let witness = Witness()
        let edge = Edge()

        init(_ backend: Backend) async throws {
            tenants = try await Tenants.make(backend)
            let acme = try await tenants.organization("Acme")
            let site = try await tenants.site(acme, "acme")
            let collector = try await tenants.collector(acme, "edge-1", [site])
            token = try await tenants.token(acme, collector)
        }

        var routes: [Route] {
            let witness = witness
            return CollectorRoutes(
                gate: tenants.gate, directory: tenants.directory,
                parts: CollectorRoutes.Parts(
                    store: tenants.store, desk: tenants.desk,
                    maker: SettingsMaker(sealing: tenants.sealing, random: RandomBytes())),
                authority: "PEM",
                witness: { enrolled, _ in
                    witness.seen.withLock { $0.append(enrolled.collector) }
                }
            ).routes
        }

        func send(
            _ method: Method, _ path: String, _ body: [UInt8] = [], type: String? = nil,
            match: String? = nil
        ) async throws -> (request: Request, response: Response) {
            var headers: Headers = ["Host": "aggregator.example"]
            if let type {
                headers.add("Content-Type", type)
                headers.add("Content-Digest", ContentDigest.field(for: body))
            }
            let signable = SignableRequest(
                method: method.name, authority: "aggregator.example", target: path,
                headers: headers)
            CollectorRoutesTests.profile.sign(
                &headers, of: signable, with: edge.key, at: tenants.clock.wall.now())
            if let match { headers.add("If-None-Match", match) }
            let request = Request(method, path, headers: headers, body: body)
            let route = try #require(routes.first { $0.method == method && $0.path == path })
            guard case .concurrent(let handler) = route.handler else {
                preconditionFailure("The routes run as tasks.")
            }
            let response = await handler(request)
            try CollectorRoutesTests.profile.verify(
                response, to: SignableRequest(request), with: tenants.aggregator.verifyingKey)
            return (request, response)
        }

        func enrol() async throws -> Response {
            let body = edge.request(token, at: tenants.clock.wall.now()).json
            return try await send(
                .post, EnrolmentRequest.path, body, type: EnrolmentRequest.mediaType
            ).response
        }
    }

    @Test(arguments: Backend.all) func enrolsAndTellsItsWitnessOnce(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        let response = try await scene.enrol()
        #expect(response.status == 200)
        let answer = try EnrolmentAnswer(json: response.body)
        #expect(answer.aggregatorKey.fingerprint == scene.token.fingerprint)
        #expect(answer.authority == "PEM")
        #expect(try await scene.enrol().status == 200)
        #expect(scene.witness.seen.withLock { $0 } == [answer.collector])
    }

    @Test(arguments: Backend.all) func refusesAnEnrolmentSigned(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        scene.tenants.clock.advance(by: .seconds(1000))
        let late = try await scene.enrol()
        #expect(late.status == 401)
        #expect(try ProblemBody(json: late.body, status: 401).problem == .tokenInvalid)
        let broken = try await scene.send(
            .post, EnrolmentRequest.path, Array("{}".utf8), type: EnrolmentRequest.mediaType)
        #expect(broken.response.status == 400)
        #expect(scene.witness.seen.withLock { $0 }.isEmpty)
    }

    @Test(arguments: Backend.all) func givesSettingsOnceForEachVersion(_ backend: Backend)
        async throws
    {
        let scene = try await Scene(backend)
        let stranger = try await scene.send(.get, SiteSettings.path).response
        #expect(try ProblemBody(json: stranger.body, status: 401).problem == .keyUnknown)
        _ = try await scene.enrol()
        let fresh = try await scene.send(.get, SiteSettings.path).response
        #expect(fresh.status == 200)
        let settings = try SiteSettings(json: fresh.body)
        #expect(fresh.headers["ETag"] == settings.entityTag)
        let cached = try await scene.send(
            .get, SiteSettings.path, match: settings.entityTag
        ).response
        #expect(cached.status == 304)
        #expect(cached.body.isEmpty)
    }

    @Test(arguments: Backend.all) func aRevokedCollectorGetsNothing(_ backend: Backend) async throws
    {
        let scene = try await Scene(backend)
        _ = try await scene.enrol()
        let organization = try #require(try await scene.tenants.known(scene.edge)).organization
        try await scene.tenants.write(organization) { tenant, now in
            let table = CollectorTable(tenant, at: now)
            try table.revoke(try table.named("edge-1"))
        }
        scene.tenants.directory.forget()
        let response = try await scene.send(.get, SiteSettings.path).response
        #expect(try ProblemBody(json: response.body, status: 403).problem == .keyRevoked)
    }
}

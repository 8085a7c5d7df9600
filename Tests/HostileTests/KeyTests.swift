import ConveyProtocol
import Crypto
import HTTP
import Settings
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: a key is worth nothing before its enrolment and after its end, and a token is worth one key.
///
/// Method: the real aggregator, asked over TLS by whoever holds a key or a token.
@Suite(.inTurn, .timeLimit(.minutes(10))) struct KeyTests {
    @Test(arguments: Backend.ofPrograms)
    func aRevokedKeyIsRefusedAtOnceAndAloneAmongItsPeers(_ backend: Backend) async throws {
        try await Scene.run(on: backend) { scene in
            let merchant = try await Merchant.open("First", stores: ["lamps"], on: scene.stage)
            let peer = try Forger(
                try await Merchant.open("Second", stores: ["chairs"], on: scene.stage))
            let forger = try Forger(merchant)
            var lane = ForgedLane(forger.identity.collector)
            let site = merchant.shops[0].siteID
            let batch = try lane.seal([ForgedLane.event("sound-1", site: site)])
            try await forger.receipt(for: batch)
            _ = try await scene.stage.aggregator([
                "collectors", "revoke", merchant.name, "--organization", "First",
            ])
            let next = try lane.seal([ForgedLane.event("late-1", site: site)])
            for body in [next.body, batch.body] {
                try await forger.expectProblem(.keyRevoked, for: forger.signed(body), "batch")
            }
            try await forger.expectProblem(.keyRevoked, for: forger.settingsRequest(), "settings")
            #expect(try await peer.answer(to: peer.settingsRequest()).status == 200)
            #expect(try await scene.events(of: "First") == ["sound-1"])
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func aTokenIsWorthOneKey(_ backend: Backend) async throws {
        try await Scene.run(on: backend) { scene in
            let merchant = try await Merchant.open("First", stores: ["lamps"], on: scene.stage)
            let forger = try Forger(merchant)
            let made = try await scene.stage.rows([
                "collectors", "add", "edge-2", "--organization", "First", "--json",
            ])
            let text = try #require(made.first?["token"])
            let token = try #require(EnrolmentToken(text))
            let owner = SigningKey(from: RandomBytes())
            let thief = SigningKey(from: RandomBytes())

            try await forger.expectProblem(
                .malformed, for: enrolment(forger, Array("{}".utf8), owner), "no members")
            try await forger.expectProblem(
                .keyUnknown, for: enrolment(forger, body(token, owner), thief), "another's key")
            let invented = EnrolmentToken(aggregator: forger.identity.pinned, random: RandomBytes())
            try await forger.expectProblem(
                .tokenInvalid, for: enrolment(forger, body(invented, thief), thief), "invented")

            let enrolled = enrolment(forger, body(token, owner), owner)
            for _ in 0..<2 {
                let response = try await forger.answer(to: enrolled)
                #expect(response.status == 200)
                let answer = try EnrolmentAnswer(json: response.body)
                #expect(answer.aggregatorKey == forger.identity.pinned)
            }
            try await forger.expectProblem(
                .tokenInvalid, for: enrolment(forger, body(token, thief), thief), "used")
            for (name, log) in try scene.logs() {
                #expect(!log.contains(text.split(separator: ".")[1]), "\(name) holds the token")
            }
        }
    }

    private func body(_ token: EnrolmentToken, _ key: SigningKey) -> [UInt8] {
        EnrolmentRequest(
            token: token, signingKey: key.verifyingKey, boxKey: BoxKey(derivedFrom: key).publicKey,
            shipper: "forger/1", sentAt: SystemClock().now()
        ).json
    }

    private func enrolment(_ forger: Forger, _ body: [UInt8], _ key: SigningKey) -> ClientRequest {
        var manner = Forger.Manner()
        manner.target = EnrolmentRequest.path
        manner.mediaType = EnrolmentRequest.mediaType
        manner.coding = nil
        manner.key = key
        return forger.signed(body, manner)
    }
}

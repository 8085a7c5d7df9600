import Crypto
import Daemon
import Destinations
import Doubles
import Testing

/// Goal: a token is renewed in time, by one request, and once more when it is refused. Method: the
/// double counts who asks; time by hand.
@Suite struct AccessTokenTests {
    private func isAccepted(_ bench: Bench) async -> Bool {
        guard case .accepted = await bench.client.ingest(Bench.batch(["1"])) else { return false }
        return true
    }

    @Test func isAskedForOnceAndRenewedAtFourFifths() async throws {
        try await Bench.with { bench async throws in
            for _ in 0..<3 { #expect(await isAccepted(bench)) }
            #expect(bench.requests(.token) == 1)
            bench.uptime.advance(by: .seconds(2879))
            #expect(await isAccepted(bench))
            #expect(bench.requests(.token) == 1)
            bench.uptime.advance(by: .seconds(1))
            #expect(await isAccepted(bench))
            #expect(bench.requests(.token) == 2)
        }
    }

    @Test func manyAskersAreOneRequest() async throws {
        try await Bench.with { bench async throws in
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { await isAccepted(bench) } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(accepted == 50)
            #expect(bench.requests(.token) == 1)
        }
    }

    @Test func aRefusedTokenIsRenewedOnce() async throws {
        try await Bench.with { bench async throws in
            #expect(await isAccepted(bench))
            bench.double.change { $0.tokenGeneration = 1 }
            #expect(await isAccepted(bench))
            #expect(bench.requests(.token) == 2 && bench.requests(.ingest) == 3)
            bench.double.change {
                $0.faults = [.ingest: FaultScript(next: [.unauthorized, .unauthorized])]
            }
            #expect(
                await bench.client.ingest(Bench.batch(["1"]))
                    == .trouble(.credential(code: "ACCESS_TOKEN_EXPIRED", httpStatus: 401)))
            #expect(bench.requests(.token) == 3 && bench.requests(.ingest) == 5)
        }
    }

    @Test func anOldTokenServesWhileNoNewerIsToBeHad() async throws {
        try await Bench.with { bench async throws in
            #expect(await isAccepted(bench))
            bench.double.change { $0.faults = [.token: FaultScript(chances: [.unavailable: 1])] }
            bench.uptime.advance(by: .seconds(3000))
            #expect(await isAccepted(bench))
            bench.uptime.advance(by: .seconds(600))
            #expect(
                await bench.client.ingest(Bench.batch(["1"]))
                    == .trouble(
                        .unreached(code: "OAUTH_UNAVAILABLE", httpStatus: 503, retryAfter: nil)))
            bench.double.change { $0.faults = [:] }
            #expect(await isAccepted(bench))
        }
    }

    @Test func aRevokedCredentialSaysSo() async throws {
        try await Bench.with { bench async throws in
            bench.double.change { $0.credentialsValid = false }
            let trouble = PlatformTrouble.credential(code: "OAUTH_INVALID_GRANT", httpStatus: 400)
            #expect(await bench.client.ingest(Bench.batch(["1"])) == .trouble(trouble))
            #expect(await bench.client.status(of: "x") == .trouble(trouble))
            #expect(bench.requests(.ingest) == 0)
            #expect(GoogleVerdicts.table.verdict(of: trouble.code).kind == .fixConfiguration)
            bench.double.change { $0.credentialsValid = true }
            #expect(await isAccepted(bench))
        }
    }

    @Test func theWrongSecretSaysSo() async throws {
        let grant = GoogleCredential.Grant.refreshToken(
            clientID: "convey-double", clientSecret: Secret("wrong"), token: Secret("x&y=z"))
        try await Bench.with(grant) { bench async throws in
            #expect(
                await bench.client.ingest(Bench.batch(["1"]))
                    == .trouble(.credential(code: "OAUTH_INVALID_CLIENT", httpStatus: 401)))
        }
    }

    @Test func aServiceAccountSignsForItself() async throws {
        let key = RSASigningKey.generate()
        var settings = GoogleDouble.Settings()
        settings.credentials.serviceAccount = "convey@project.example"
        settings.credentials.serviceAccountKeyPEM = key.verifyingKey.pem
        let file =
            #"{"type":"service_account","client_email":"convey@project.example","private_key_id":"k1","#
            + #""private_key":"\#(key.pem.replacing("\n", with: "\\n"))","project_id":"p"}"#
        let credential = try GoogleCredential(json: Array(file.utf8))
        try await Bench.with(credential.grant, settings: settings) { bench async throws in
            #expect(await isAccepted(bench))
        }
        let other = GoogleCredential.Grant.serviceAccount(
            email: "convey@project.example", keyID: nil, key: .generate(),
            audience: "https://oauth2.googleapis.com/token")
        try await Bench.with(other, settings: settings) { bench async throws in
            #expect(await !isAccepted(bench))
        }
    }
}

/// Goal: only what Google's tools write is a credential, and nothing secret shows. Method: files by hand.
@Suite struct CredentialTests {
    private func read(_ text: String) throws -> GoogleCredential {
        try GoogleCredential(json: Array(text.utf8))
    }

    /// Credentials whose project is the same text share its limits.
    @Test(arguments: [#""client_id":"-c""#, #""client_id":"c","quota_project_id":"""#])
    func aCredentialThatNamesNoProjectSharesNobodysLimits(members: String) throws {
        let file = """
            {"type":"authorized_user",\(members),"client_secret":"s","refresh_token":"r"}
            """
        let credential = try GoogleCredential(json: Array(file.utf8))
        #expect(!credential.project.isEmpty && credential.quotaProject == nil)
    }

    @Test func readsAnAuthorizedUser() throws {
        let credential = try read(
            #"{"type":"authorized_user","client_id":"c.apps","client_secret":"s1","refresh_token":"r1","#
                + #""quota_project_id":"p1","universe_domain":"googleapis.com"}"#)
        #expect(credential.quotaProject == "p1")
        #expect(credential.summary == "refresh token of client c.apps")
        #expect(!"\(credential)".contains("s1") && !"\(credential)".contains("r1"))
    }

    @Test(arguments: [
        ("", CredentialRefusal.malformed), ("[]", .missing(member: "type")),
        (#"{"type":"external_account"}"#, .otherKind),
        (#"{"type":"authorized_user","client_id":"c"}"#, .missing(member: "client_secret")),
        (
            #"{"type":"authorized_user","client_id":"c\n","client_secret":"s","refresh_token":"r"}"#,
            .missing(member: "client_id")
        ),
        (#"{"type":"service_account","client_email":"e","private_key":"x"}"#, .keyUnusable),
    ])
    func refusesOthers(text: String, refusal: CredentialRefusal) {
        #expect(throws: refusal) { try read(text) }
    }
}

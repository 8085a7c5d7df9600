import Crypto
import Doubles
import HTTP
import TestSupport
import Testing
import Time

/// Goal: the double counts as Google says it does. Method: requests over a real socket, time by hand.
@Suite struct GoogleDoubleTests {
    static func with(
        _ settings: GoogleDouble.Settings = .init(),
        _ body: (GoogleDouble, Caller, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock(at: Timestamp(Bodies.now) ?? .earliest)
        var tools = GoogleDouble.Tools()
        tools.clock = clock.wall
        tools.ticks = clock
        let double = try GoogleDouble(settings, tools: tools)
        try double.start()
        do {
            try await body(double, Caller(double: double), clock)
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    @Test func anUnknownTransactionIsAConversionAndAKnownOneAnAdjustment() async throws {
        try await Self.with { double, caller, clock async throws in
            for value in ["12.5", "12.5", "7.25", "0"] {
                _ = try await caller.requestID(Bodies.request([Bodies.event("a", value: value)]))
                clock.advance(by: .seconds(1))
            }
            let found = try #require(double.conversions.first)
            #expect(double.conversions.count == 1)
            #expect(found.values.map(\.micros) == [12_500_000, 7_250_000, 0])
            #expect(found.received == 4 && found.earlyChanges == 0)
            #expect(found.click == "gclid:EAIaIQobChMIsample")
            #expect(
                double.conversion(account: "1234567890", action: "987", transactionID: "a") == found
            )
        }
    }

    @Test func tellsWhatCameTwiceInOneRequest() async throws {
        try await Self.with { double, caller, clock async throws in
            let events = [Bodies.event("a"), Bodies.event("b"), Bodies.event("a", value: "2")]
            _ = try await caller.requestID(Bodies.request(events))
            #expect(double.statistics.counts["twice_in_request"] == 1)
            #expect(double.conversions.map(\.valueCount) == [2, 1])
        }
    }

    @Test func verdictsComeLate() async throws {
        try await Self.with { double, caller, clock async throws in
            double.change { $0.verdictDelayMs = 1000 }
            let id = try await caller.requestID(Bodies.request([Bodies.event("a")]))
            #expect(try await caller.verdict(on: id).0 == "PROCESSING")
            _ = try await caller.requestID(Bodies.request([Bodies.event("a", value: "1")]))
            #expect(double.conversions.first?.earlyChanges == 1)
            clock.advance(by: .seconds(1))
            #expect(try await caller.verdict(on: id).0 == "SUCCESS")
        }
    }

    @Test func countsFailuresByReason() async throws {
        try await Self.with { double, caller, clock async throws in
            double.change {
                $0.clicks = [
                    "EAIaIQobChMIforeign": .init(reason: "CLICK_NOT_FOUND"),
                    "EAIaIQobChMIlater": .init(clickedAt: "2026-03-09T13:00:00Z"),
                    "EAIaIQobChMIfresh": .init(clickedAt: "2026-03-10T09:00:00Z"),
                ]
            }
            let id = try await caller.requestID(
                Bodies.request([
                    Bodies.event("a"), Bodies.event("b", click: "EAIaIQ"),
                    Bodies.event("c", click: "EAIaIQobChMIforeign"),
                    Bodies.event("d", click: "EAIaIQobChMIlater"),
                    Bodies.event("e", click: "EAIaIQobChMIfresh", at: "2026-03-10T10:00:00Z"),
                    Bodies.event("f", at: "2025-12-01T00:00:00Z"),
                    Bodies.event("g", more: #","consent":{"adUserData":"CONSENT_DENIED"}"#),
                ]))
            let (status, failures) = try await caller.verdict(on: id)
            #expect(status == "PARTIAL_SUCCESS")
            #expect(
                failures
                    == Dictionary(
                        uniqueKeysWithValues: [
                            "INVALID_GCLID", "CLICK_NOT_FOUND", "CONVERSION_PRECEDES_CLICK",
                            "TOO_RECENT_CLICK", "EVENT_TOO_OLD", "DENIED_CONSENT",
                        ].map { ("PROCESSING_ERROR_REASON_\($0)", "1") }))
            #expect(double.conversions.map(\.key.transactionID) == ["a"])
        }
    }

    @Test func refusesDuplicatesWhenTold() async throws {
        try await Self.with { double, caller, clock async throws in
            double.change { $0.refusesDuplicates = true }
            let body = Bodies.request([Bodies.event("a")])
            #expect(try await caller.verdict(on: caller.requestID(body)).0 == "SUCCESS")
            let (status, failures) = try await caller.verdict(on: caller.requestID(body))
            #expect(status == "FAILED")
            #expect(failures.keys.first == "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID")
        }
    }

    @Test func validatingRecordsNothing() async throws {
        try await Self.with { double, caller, clock async throws in
            let id = try await caller.requestID(
                Bodies.request([Bodies.event("a")], more: #","validateOnly":true"#))
            #expect(double.conversions.isEmpty)
            let answer = try await caller.get(
                "/v1/requestStatus:retrieve?requestId=\(id)", token: caller.token())
            #expect(answer.status == 400)
        }
    }

    @Test func remembersAfterItsEnd() async throws {
        let folder = try TemporaryDirectory()
        var settings = GoogleDouble.Settings()
        settings.recordFile = folder.file("record")
        let id = Handed()
        try await Self.with(settings) { double, caller, clock async throws in
            await id.put(
                try await caller.requestID(
                    Bodies.request([Bodies.event("a"), Bodies.event("b", click: "cut")])))
            _ = try await caller.requestID(Bodies.request([Bodies.event("a", value: "3")]))
        }
        try await Self.with(settings) { double, caller, clock async throws in
            let found = try #require(double.conversions.first)
            #expect(found.values.map(\.micros) == [12_500_000, 3_000_000])
            #expect(try await caller.verdict(on: id.value).0 == "PARTIAL_SUCCESS")
        }
    }

    @Test func takesServiceAccountsBySignature() async throws {
        let key = RSASigningKey.generate()
        var settings = GoogleDouble.Settings()
        settings.credentials.serviceAccount = "convey@project.example"
        settings.credentials.serviceAccountKeyPEM = key.verifyingKey.pem
        try await Self.with(settings) { double, caller, clock async throws in
            func form(_ issuer: String, _ signer: RSASigningKey) -> String {
                let now = clock.wall.now().unixSeconds
                let claims =
                    #"{"iss":"\#(issuer)","scope":"https://www.googleapis.com/auth/datamanager","#
                    + #""aud":"https://oauth2.googleapis.com/token","iat":\#(now),"exp":\#(now + 3600)}"#
                let parts = [#"{"alg":"RS256","typ":"JWT"}"#, claims].map {
                    Base64.encode(Array($0.utf8), alphabet: .url)
                }
                let text = parts.joined(separator: ".")
                let signature = Base64.encode(signer.sign(Array(text.utf8)), alphabet: .url)
                return "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
                    + "&assertion=\(text).\(signature)"
            }
            #expect(try await !caller.token(form("convey@project.example", key)).isEmpty)
            #expect(try await caller.token(form("other@project.example", key)).isEmpty)
            #expect(
                try await caller.token(
                    form("convey@project.example", RSASigningKey.generate())
                ).isEmpty)
        }
    }

    @Test func tokensEnd() async throws {
        try await Self.with { double, caller, clock async throws in
            let token = try await caller.token()
            let body = Bodies.request([Bodies.event("a")])
            func status() async throws -> Int {
                try await caller.post("/v1/events:ingest", body, token: token).status
            }
            #expect(try await status() == 200)
            double.change { $0.tokenGeneration = 1 }
            #expect(try await status() == 401)
            double.change { $0.tokenGeneration = 0 }
            clock.advance(by: .seconds(3600))
            #expect(try await status() == 401)
            let other = try await caller.post("/v1/events:ingest", body, token: "double.0.9.9")
            #expect(other.status == 401)
        }
    }

    @Test func wrongCredentialsAreNamed() async throws {
        try await Self.with { double, caller, clock async throws in
            func error(_ form: String) async throws -> String? {
                let answer = try await caller.post(
                    "/token", form, type: "application/x-www-form-urlencoded")
                return try Caller.member("error", of: answer) as? String
            }
            let form = Caller.form(double.credentials)
            #expect(try await error(form) == nil)
            #expect(try await error(form + "x") == "invalid_grant")
            #expect(
                try await error(form.replacing("client_id=", with: "client_id=x"))
                    == "invalid_client")
            double.change { $0.credentialsValid = false }
            #expect(try await error(form) == "invalid_grant")
        }
    }

    @Test func keepsToItsQuota() async throws {
        try await Self.with { double, caller, clock async throws in
            double.change { $0.requestsPerMinute = 2 }
            let token = try await caller.token()
            func status() async throws -> Int {
                try await caller.post(
                    "/v1/events:ingest", Bodies.request([Bodies.event("a")]), token: token
                ).status
            }
            #expect(try await [status(), status(), status()] == [200, 200, 429])
            clock.advance(by: .seconds(60))
            #expect(try await status() == 200)
        }
    }
}

/// Hands a text from one closure to another.
actor Handed {
    private(set) var value = ""
    func put(_ value: String) { self.value = value }
}

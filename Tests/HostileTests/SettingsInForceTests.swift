import ConveyProtocol
import Foundation
import HTTP
import Settings
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: what is changed at one aggregator is in force at all others of the database within two seconds,
/// also where they did not hear of it.
///
/// Method: three processes; a command goes to the first, and the two others are asked, each by itself,
/// until they go by it. The server cuts off whoever listens just before. A machine that stands still for
/// a moment decides nothing: of several changes the usual one counts, and to the two seconds is added
/// what some questions take here and now.
@Suite(.inTurn, .timeLimit(.minutes(15)), .enabled(if: Backend.ofPrograms.count > 1))
struct SettingsInForceTests {
    private static let within: Duration = .seconds(2)
    private static let patience: Duration = .seconds(30)
    private static let changes = 5

    @Test(arguments: [true, false])
    func aSitesSettingsAreInForceEverywhere(isListening: Bool) async throws {
        try await Self.run(isListening) { troupe, merchant, deafen in
            let forger = try Forger(merchant)
            var delays: [Duration] = []
            for change in 1...Self.changes {
                try deafen()
                let origin = "https://shop-\(change).example.com"
                try await merchant.set(shop: 0, ["--origins", origin])
                let changed = ContinuousClock.now
                for number in 2...troupe.count {
                    let stage = try troupe.stage(number)
                    let answer = try await Patience.ask(
                        within: Self.patience, every: .milliseconds(20)
                    ) {
                        try await forger.answer(to: forger.settingsRequest(to: stage.aggregator))
                    } until: {
                        String(decoding: $0.body, as: UTF8.self).contains(origin)
                    }
                    #expect(String(decoding: answer.body, as: UTF8.self).contains(origin))
                    delays.append(ContinuousClock.now - changed)
                }
            }
            try await Self.expectSoon(delays, on: troupe)
        }
    }

    @Test(arguments: [true, false])
    func aRevokedCollectorIsRefusedEverywhere(isListening: Bool) async throws {
        try await Self.run(isListening) { troupe, merchant, deafen in
            let own = ["--organization", merchant.organization]
            var delays: [Duration] = []
            for _ in 1...Self.changes {
                let forger = try Forger(merchant)
                for number in 2...troupe.count {
                    let origin = try troupe.stage(number).aggregator
                    let answer = try await forger.answer(to: forger.settingsRequest(to: origin))
                    #expect(answer.status == 200)
                }
                try deafen()
                _ = try await troupe.stage.aggregator(
                    ["collectors", "revoke", merchant.name] + own)
                let changed = ContinuousClock.now
                for number in 2...troupe.count {
                    let origin = try troupe.stage(number).aggregator
                    let answer = try await Patience.ask(
                        within: Self.patience, every: .milliseconds(20)
                    ) {
                        try await forger.client.send(forger.settingsRequest(to: origin))
                    } until: {
                        $0.status != 200
                    }
                    #expect(answer.status == 401 || answer.status == 403, "\(answer.status)")
                    delays.append(ContinuousClock.now - changed)
                }
                try await merchant.enrolAgain(on: troupe.stage)
            }
            try await Self.expectSoon(delays, on: troupe)
        }
    }

    @Test(arguments: [true, false])
    func aNewSigningKeySignsEverywhere(isListening: Bool) async throws {
        try await Self.run(isListening) { troupe, merchant, deafen in
            let forger = try Forger(merchant)
            var delays: [Duration] = []
            for _ in 1...Self.changes {
                try deafen()
                _ = try await troupe.stage.aggregator(["signing-key", "rotate"])
                let changed = ContinuousClock.now
                let shown = try await troupe.stage.rows(["signing-key", "show", "--json"])
                let fingerprint = try #require(shown.last?["fingerprint"])
                for number in 2...troupe.count {
                    let origin = try troupe.stage(number).aggregator
                    let signed = try await Patience.ask(
                        within: Self.patience, every: .milliseconds(20)
                    ) {
                        try await forger.client.send(forger.settingsRequest(to: origin))
                    } until: {
                        $0.headers["Signature-Input"]?.contains(fingerprint) == true
                    }
                    #expect(signed.headers["Signature-Input"]?.contains(fingerprint) == true)
                    delays.append(ContinuousClock.now - changed)
                }
            }
            try await Self.expectSoon(delays, on: troupe)
        }
    }

    // MARK: Method

    private static func expectSoon(_ delays: [Duration], on troupe: Troupe) async throws {
        let usual = delays.sorted()[delays.count / 2]
        print("Settings: in force elsewhere after \(usual), at most \(delays.max() ?? .zero)")
        let start = ContinuousClock.now
        for _ in 0..<5 { _ = try await troupe.stage.aggregator(["signing-key", "show"]) }
        #expect(usual <= within + (ContinuousClock.now - start), "\(delays)")
    }

    /// - Parameter test: is told how to cut off whoever listens.
    private static func run(
        _ isListening: Bool,
        _ test: (Troupe, Merchant, () throws -> Void) async throws -> Void
    ) async throws {
        let database = try TestPostgres.makeDatabase()
        let troupe = try Troupe(of: 3, on: .postgres(url: database.url))
        do {
            try await troupe.start()
            let merchant = try await Merchant.open(
                "Settings", stores: ["lamps"], on: troupe.stage, by: troupe.road)
            try await test(troupe, merchant) { if !isListening { try database.query(deafen) } }
        } catch {
            await troupe.end()
            print("What the programs said lies in \(troupe.stage.folder)/logs.")
            throw error
        }
        await troupe.end()
        try troupe.stage.remove()
        withExtendedLifetime(database) {}
    }

    private static let deafen = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """
}

extension Merchant {
    /// Gives the collector a new key, by a new token.
    fileprivate func enrolAgain(on stage: Stage) async throws {
        let made = try await stage.rows([
            "collectors", "token", name, "--organization", organization, "--json",
        ])
        let token = try #require(made.first?["token"])
        _ = try await collector([
            "enroll", stage.aggregator.url, token, "--authority", stage.path("authority.pem"),
        ])
    }
}

import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: what orders became, and where they are sent, is shown to whom it belongs and changed in plain
/// words; credentials are shown to nobody. Method: the real programs, two organizations.
@Suite(.inTurn, .timeLimit(.minutes(5))) struct ConversionCommandTests {
    private static let isObserved: @Sendable ([[String: String]]) -> Bool = {
        $0.count == 1 && $0[0]["code"] == "mode_observe"
    }

    @Test(arguments: Backend.ofPrograms)
    func anotherTenantsOrdersConversionsDestinationsAndUploadsAreUnknown(_ backend: Backend)
        async throws
    {
        try await TwoMerchants.with(on: backend) { both in
            try await both.addDestination()
            try await both.order("9001")
            let uploads = try await both.rows(["uploads", "list"], until: Self.isObserved)
            let conversions = try await both.rows(["conversions", "list"]) { $0.count == 1 }
            let number = uploads[0]["number"] ?? ""
            let id = conversions[0]["id"] ?? ""
            try #require(!number.isEmpty && !id.isEmpty)
            for words in [
                ["explain", "9001"], ["explain", "#1042"], ["explain", "id:9001"], ["explain", id],
                ["conversions", "list", "--site", "lamps.myshopify.com"],
                ["conversions", "list", "--site", both.first.shops[0].siteID],
                ["sites", "policy", "lamps.myshopify.com"],
                ["sites", "set", "lamps.myshopify.com", "--window-days", "1"],
                ["destinations", "set", "google", "--rollout", "0"],
                ["destinations", "credential", "google", "--file", path(both)],
                ["destinations", "mode", "google", "validate"],
                ["destinations", "resume", "google"], ["destinations", "remove", "google"],
                ["destinations", "backfill", "google", "--from", "2026-01-01T00:00:00Z"],
                ["destinations", "set", "1", "--rollout", "0"],
                ["uploads", "show", number], ["uploads", "retry", number],
                ["uploads", "cancel", number],
            ] {
                let outcome = try await both.command(words, as: "Second")
                #expect(outcome.status == 1, "\(words)")
                #expect(outcome.output.isEmpty && outcome.errors.contains("There is no such"))
            }
            for list in [["conversions"], ["destinations"], ["uploads"]] {
                let outcome = try await both.command(list + ["list", "--json"], as: "Second")
                #expect(outcome.output.filter { !$0.isWhitespace } == "[]")
            }
            #expect(try await both.rows(["uploads", "list"], until: Self.isObserved) == uploads)
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func aServerKeyExplainsItsOwnOrganizationsOrdersOnly(_ backend: Backend) async throws {
        try await TwoMerchants.with(on: backend) { both in
            try await both.order("9001")
            let rows = try await both.rows(["conversions", "list"]) { $0.count == 1 }
            let id = rows[0]["id"] ?? ""
            let own = both.first.shops[0].serverKey
            for path in [
                "/api/v1/orders/explain?order=9001", "/api/v1/orders/explain?order=%231042",
                "/api/v1/orders/explain?order=9001&site=lamps.myshopify.com",
                "/api/v1/conversions/\(id)/explain",
            ] {
                let seen = try await both.get(path, key: own)
                #expect(seen.status == 200, "\(path)")
                #expect(String(decoding: seen.body, as: UTF8.self).contains(TwoMerchants.gclid))
                let hidden = try await both.get(path, key: both.foreignKey)
                let missing = try await both.get(
                    "/api/v1/orders/explain?order=nobodys", key: both.foreignKey)
                #expect(hidden.status == 404 && hidden.body == missing.body, "\(path)")
                #expect(try await both.get(path, key: both.first.shops[0].siteKey).status == 401)
                #expect(try await both.get(path, key: "").status == 401)
            }
            let other = try await both.get(
                "/api/v1/orders/explain?order=9001&site=chairs.myshopify.com", key: own)
            #expect(other.status == 404)
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func aCredentialIsPrintedNowhereAndLiesSealed(_ backend: Backend) async throws {
        try await TwoMerchants.with(on: backend) { both in
            try await both.addDestination()
            try await both.order("9001")
            try await both.rows(["uploads", "list"], until: Self.isObserved)
            var said = ""
            for words in [
                ["destinations", "list"], ["destinations", "list", "--json"],
                ["destinations", "credential", "google", "--file", path(both)],
                ["destinations", "set", "google", "--rollout", "100"], ["uploads", "show", "1"],
                ["uploads", "list", "--json"], ["explain", "9001"], ["explain", "9001", "--json"],
            ] {
                let outcome = try await both.command(words, as: "First")
                #expect(outcome.status == 0, "\(words): \(outcome.errors)")
                said += outcome.output + outcome.errors
            }
            #expect(said.contains("google"))
            let files = FileManager.default.enumerator(atPath: both.stage.folder)
            for case let name as String in files ?? .init() where name != "credential.json" {
                guard let data = FileManager.default.contents(atPath: both.stage.path(name)) else {
                    continue
                }
                for secret in TwoMerchants.secrets {
                    #expect(data.range(of: Data(secret.utf8)) == nil, "\(name)")
                }
            }
            #expect(!TwoMerchants.secrets.contains { said.contains($0) })
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func refusalsSayInPlainWordsWhatIsWrong(_ backend: Backend) async throws {
        try await TwoMerchants.with(on: backend) { both in
            try await both.addDestination()
            try both.stage.write("not JSON \(TwoMerchants.secrets[0])", to: "bad.json")
            let bad = both.stage.path("bad.json")
            for (words, sentence) in [
                ("add two --customer 12 --action 2", "An account is a number of ten digits"),
                ("add two --customer 1234567890 --action x", "conversion action is named by its"),
                ("add two --customer 1234567890 --action 1", "Another destination feeds this"),
                ("add google --customer 1234567890 --action 2", "A destination of this name"),
                ("add two", "--customer and --action"),
                ("set google --rollout 101", "percentage from 0 to 100"),
                ("set google --rollout half", "--rollout takes a whole number"),
                ("set google --window-days 91", "1 to 90 days"),
                ("set google --send often", "--send takes any_click, credited"),
                ("set google --value share", "only be sent with send: credited"),
                ("set google --url ftp://example.com", "A base URL begins with"),
                ("set google --sites nowhere", "There is no such site"),
                ("set google --plain-order-id maybe", "--plain-order-id takes yes or no"),
                ("set google --plain-order-id yes", "two shops may have the same number"),
                ("credential google --file \(bad)", "The credential is not a JSON file"),
                ("credential google", "--file takes the credential's file"),
                ("mode google loud", "observe, validate, live"),
                ("backfill google --from yesterday", "--from takes a time"),
            ] {
                let outcome = try await both.command(
                    ["destinations"] + words.split(separator: " ").map(String.init), as: "First")
                #expect(outcome.status == 1, "\(words): \(outcome.output)")
                #expect(outcome.errors.contains(sentence), "\(words): \(outcome.errors)")
                #expect(!outcome.errors.contains(TwoMerchants.secrets[0]), "\(words)")
            }
            _ = try await both.stage.aggregator([
                "destinations", "add", "bare", "--customer", "1234567890", "--action", "3",
                "--organization", "First",
            ])
            let live = try await both.command(
                ["destinations", "mode", "bare", "live"], as: "First")
            #expect(live.status == 1 && live.errors.contains("no credential yet"))
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func anotherPolicyJudgesEveryOrderAgain(_ backend: Backend) async throws {
        try await TwoMerchants.with(on: backend) { both in
            try await both.order("9001", status: "pending")
            try await both.order("9002")
            let counted: ([[String: String]], Int) -> Bool = { rows, count in
                rows.count == count && rows.allSatisfy { $0["status"] == "counted" }
            }
            try await both.rows(["conversions", "list"]) { counted($0, 1) }
            try await both.first.set(shop: 0, ["--counting-states", "paid,pending"])
            try await both.rows(["conversions", "list"]) { counted($0, 2) }
            try await both.first.set(shop: 0, ["--counting-states", "default"])
            try await both.rows(["conversions", "list"]) { counted($0, 1) }
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func anUploadIsCancelledAndLookedAtAgainByItsNumber(_ backend: Backend) async throws {
        try await TwoMerchants.with(on: backend) { both in
            try await both.addDestination()
            try await both.order("9001")
            let rows = try await both.rows(["uploads", "list"], until: Self.isObserved)
            let number = rows[0]["number"] ?? ""
            let cancelled = try await both.command(["uploads", "cancel", number], as: "First")
            #expect(cancelled.status == 0 && cancelled.output.contains("It is not sent."))
            try await both.rows(["uploads", "list"]) { $0.first?["code"] == "by_operator" }
            let retried = try await both.command(["uploads", "retry", number], as: "First")
            #expect(retried.status == 0 && retried.output.contains("looked at again"))
            try await both.rows(["uploads", "list"], until: Self.isObserved)
            for words in [["retry", "999"], ["cancel", "999"], ["show", "999"]] {
                let outcome = try await both.command(["uploads"] + words, as: "First")
                #expect(outcome.status == 1 && outcome.errors.contains("no such upload"))
            }
            let word = try await both.command(["uploads", "cancel", "first"], as: "First")
            #expect(word.status == 1 && word.errors.contains("a number of uploads list"))
        }
    }

    private func path(_ both: TwoMerchants) -> String { both.stage.path("credential.json") }
}

import Child
import Foundation
import Stage
import Testing

/// Goal: an operator sets everything that collectors are told of a site, sees it again, and is told in
/// plain words what is wrong. Method: the real program, stopped, on data of its own.
@Suite(.timeLimit(.minutes(5))) struct SettingsCommandTests {
    private let stage: Stage

    init() throws {
        let programs = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().path
        stage = try Stage.fresh(programs: programs)
    }

    private func begin() async throws {
        _ = try await stage.aggregator(["organizations", "add", "Acme"])
        _ = try await stage.rows(["sites", "add", "acme", "--platform", "shopify", "--json"])
    }

    private func command(_ words: [String]) async throws -> Program.Outcome {
        try await stage.command(
            "convey-aggregator", words + ["--config", stage.path("aggregator.yaml")])
    }

    @Test func eventsAreKeptNoShorterThanTheirClicksMayCount() async throws {
        try await begin()
        let words = ["organizations", "retention", "Acme"]
        #expect(
            try await shown(words)
                == ["events": "365d", "longest_window": "30d", "kept": "365d"])
        #expect(try await command(words + ["--events", "36d"]).status == 1)
        #expect(try await command(words + ["--events", "a year"]).status == 1)
        #expect(try await shown(words + ["--events", "37d"])["kept"] == "37d")
        #expect(try await command(["sites", "set", Self.site, "--window-days", "60"]).status == 0)
        #expect(
            try await shown(words) == ["events": "37d", "longest_window": "60d", "kept": "67d"])
        try stage.remove()
    }

    /// What `show` tells, by setting.
    private func shown(_ words: [String]) async throws -> [String: String] {
        let rows = try await stage.rows(words + ["--json"])
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0["setting"] ?? "", $0["value"] ?? "") })
    }

    private static let site = "acme.myshopify.com"

    @Test func everySettingIsSetByTheOptionThatShowsIt() async throws {
        try await begin()
        let defaults = try await shown(["sites", "show", Self.site])
        let wanted = [
            "enabled": "no", "currency": "JPY", "country": "DE", "time-zone": "Europe/Berlin",
            "origins": "https://a.example,http://b.example:8080", "null-origin": "yes",
            "privacy": "drop", "address": "full", "record-location": "no", "gpc": "no",
            "dnt": "yes", "consent-policy": "tcf-2.2", "scrub-query": "ref,uid",
            "track-pageviews": "no", "track-clicks": "no", "custom-events": "no",
            "storage": "session", "warning-above": "249.5", "requests-per-minute": "1",
            "cart-requests-per-minute": "2", "cart-requests-per-hour": "3",
            "trusted-requests-per-minute": "1000000", "off": "pixel,links",
            "lanes": "quiz.done=conversion,view=pageview",
        ]
        #expect(wanted.allSatisfy { defaults[$0.key] != nil && defaults[$0.key] != $0.value })
        let options = wanted.flatMap { ["--\($0.key)", $0.value] }
        _ = try await stage.aggregator(["sites", "set", Self.site] + options)
        let set = try await shown(["sites", "show", Self.site])
        #expect(wanted.allSatisfy { set[$0.key] == $0.value }, "\(set)")
        _ = try await stage.aggregator([
            "sites", "set", Self.site, "--country", "none", "--consent-policy", "none",
            "--on", "pixel,links", "--lanes", "default", "--scrub-query", "", "--origins", "",
        ])
        let cleared = try await shown(["sites", "show", Self.site])
        for name in ["country", "consent-policy", "off", "lanes", "scrub-query", "origins"] {
            #expect(cleared[name] == defaults[name], "\(name)")
        }
        #expect(cleared["storage"] == "session")
        try stage.remove()
    }

    @Test func secretsComeFromFilesAndAreNotShown() async throws {
        try await begin()
        for use in ["shopify", "woocommerce", "signing"] {
            try stage.write("hush-\(use)-é \n", to: "\(use).secret")
            let outcome = try await command([
                "sites", "set", Self.site, "--\(use)-secret-file", stage.path("\(use).secret"),
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(!(outcome.output + outcome.errors).contains("hush"))
        }
        let shown = try await shown(["sites", "show", Self.site])
        for use in ["shopify", "woocommerce", "signing"] {
            #expect(shown["\(use)-secret-file"]?.hasPrefix("set at 20") == true)
        }
        #expect(!shown.values.contains { $0.contains("hush") })
        try stage.write("\n", to: "empty.secret")
        let empty = try await command([
            "sites", "set", Self.site, "--signing-secret-file", stage.path("empty.secret"),
        ])
        #expect(empty.status == 1 && empty.errors.contains("1 to 256 bytes"))
        try stage.remove()
    }

    @Test(arguments: [
        ("--privacy often", "--privacy takes hash, drop, keep"),
        ("--address none", "--address takes truncate, full, drop"),
        ("--storage disk", "--storage takes cookie, local, session, none"),
        ("--enabled maybe", "--enabled takes yes or no"),
        ("--track-clicks 1", "--track-clicks takes yes or no"),
        ("--country Germany", "two capital letters"), ("--country D1", "two capital letters"),
        ("--currency euro", "three letters, as EUR"), ("--time-zone Europe/Köln", "IANA name"),
        ("--origins https://a.example/x", "An origin is"),
        ("--requests-per-minute 0", "1 to 100,000,000"),
        ("--cart-requests-per-hour 100000001", "1 to 100,000,000"),
        ("--trusted-requests-per-minute many", "takes a whole number"),
        ("--warning-above 0", "more than 0"), ("--warning-above 1,000", "an amount"),
        ("--off pixels", "--off takes events,"), ("--on all", "--on takes events,"),
        ("--lanes quiz=fast", "TYPE=LANE"), ("--lanes Quiz=pageview", "Lanes are set"),
        ("--scrub-query a b", "Query parameters are"), ("--consent-policy \u{7}", "consent policy"),
    ])
    func aWrongValueIsToldInPlainWords(words: String, sentence: String) async throws {
        try await begin()
        let before = try await shown(["sites", "show", Self.site])
        let parts = words.split(separator: " ", maxSplits: 1).map(String.init)
        let outcome = try await command(["sites", "set", Self.site] + parts)
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        #expect(try await shown(["sites", "show", Self.site]) == before)
        try stage.remove()
    }

    @Test func aLinkIsMadeShownChangedAndEnded() async throws {
        try await begin()
        let made = try await stage.rows([
            "links", "add", Self.site, "https://acme.myshopify.com/sale?x=1#top", "--code", "sale",
            "--video", "https://youtu.be/dQw4w9WgXcQ", "--channel", "Lamps and more",
            "--placement", "description", "--utm-source", "{platform}", "--utm-campaign",
            "{video_id}", "--window-days", "14", "--expires", "2099-01-01T00:00:00Z", "--json",
        ])
        #expect(made.count == 1 && made[0]["code"] == "sale" && made[0]["state"] == "on")
        let link = try await shown(["links", "show", "sale"])
        #expect(link["id"] == made[0]["id"] && link["video_id"] == "dQw4w9WgXcQ")
        #expect(link["platform"] == "youtube" && link["window_days"] == "14")
        #expect(
            link["leads_to"] == "https://acme.myshopify.com/sale?x=1&utm_source=youtube"
                + "&utm_campaign=dQw4w9WgXcQ#top")
        _ = try await stage.aggregator([
            "links", "set", made[0]["id"] ?? "", "--enabled", "no", "--window-days", "default",
            "--expires", "never", "--channel", "", "--utm-campaign", "", "--code", "Sale_2",
        ])
        let changed = try await shown(["links", "show", "Sale_2"])
        #expect(changed["state"] == "off" && changed["window_days"]?.isEmpty == true)
        #expect(changed["expires_at"]?.isEmpty == true && changed["channel"]?.isEmpty == true)
        #expect(changed["leads_to"] == "https://acme.myshopify.com/sale?x=1&utm_source=youtube#top")
        #expect(changed["placement"] == "description")
        #expect(try await shown(["sites", "show", Self.site])["links"] == "1")
        let image = try await stage.aggregator([
            "links", "qr", "Sale_2", "--base", "https://go.acme.example",
        ])
        #expect(image.hasPrefix("<svg xmlns=") && image.contains("viewBox=\"0 0 37 37\""))
        _ = try await stage.aggregator(["links", "remove", "Sale_2"])
        #expect(try await stage.rows(["links", "list", "--json"]).isEmpty)
        try stage.remove()
    }

    @Test func aLinkLeadsToAllowedHostsOnly() async throws {
        try await begin()
        let add = ["links", "add", Self.site, "https://go.partner.example/x", "--code", "x"]
        let refused = try await command(add)
        #expect(refused.status == 1 && refused.errors.contains("may not lead to go.partner"))
        _ = try await stage.aggregator(["links", "allow", "*.partner.example"])
        #expect(
            try await stage.rows(["links", "hosts", "--json"])[0]["host"] == "*.partner.example")
        _ = try await stage.aggregator(add)
        _ = try await stage.aggregator(["links", "disallow", "*.partner.example"])
        let listed = try await stage.rows(["links", "list", "--site", Self.site, "--json"])
        #expect(listed.map { $0["state"] } == ["forbidden"])
        try stage.remove()
    }

    @Test func linkRefusalsSayWhatIsWrong() async throws {
        try await begin()
        let target = "https://acme.myshopify.com"
        _ = try await stage.aggregator(["links", "add", Self.site, target, "--code", "sale"])
        for (words, sentence) in [
            (["add", Self.site, target, "--code", "sale"], "Another link"),
            (["add", Self.site, target, "--code", "a/b"], "A code has 1 to 64"),
            (["add", Self.site, "http://acme.myshopify.com"], "A target is an https://"),
            (["add", "nowhere", target], "There is no such site"),
            (["add", Self.site, target, "--window-days", "91"], "1 to 90 days"),
            (["add", Self.site, target, "--window-days", "long"], "--window-days takes 1 to 90"),
            (["add", Self.site, target, "--expires", "tomorrow"], "--expires takes a time"),
            (["add", Self.site, target, "--expires", "2020-01-01T00:00:00Z"], "in the future"),
            (["add", Self.site, target, "--video", "https://vm.tiktok.com/x"], "long address"),
            (["add", Self.site, target, "--utm-source", "{shop}"], "A tag may name"),
            (["set", "sale", "--enabled", "perhaps"], "yes or no"),
            (["set", "nothing", "--enabled", "no"], "There is no such link"),
            (["show", "nothing"], "There is no such link"),
            (["remove", "nothing"], "There is no such link"),
            (["qr", "nothing", "--base", "https://go.example"], "There is no such link"),
            (["qr", "sale"], "--base takes"),
            (["qr", "sale", "--base", "go.example"], "--base takes"),
            (["allow", "https://x.example"], "A host is named as"),
            (["disallow", "x.example"], "not on the organization's list"),
        ] {
            let outcome = try await command(["links"] + words)
            #expect(outcome.status == 1, "\(words): \(outcome.output)")
            #expect(outcome.errors.contains(sentence), "\(words): \(outcome.errors)")
        }
        #expect(try await stage.rows(["links", "list", "--json"]).count == 1)
        try stage.remove()
    }
}

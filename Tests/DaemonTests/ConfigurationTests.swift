import Daemon
import Foundation
import TestSupport
import Testing

/// Goal: a configuration is either right as a whole or refused with every fault named. Method: small
/// YAML texts against a few keys of every kind.
@Suite struct ConfigurationTests {
    enum Mode: String, CaseIterable { case fast, safe }

    static let size = ConfigurationKey(
        "intake.body_bytes_max", .bytes(1...16_777_216), default: 65_536, "Largest body.")
    static let wait = ConfigurationKey(
        "delivery.wait", .duration(.seconds(1)...(.seconds(3600))), default: .seconds(30), "Wait.")
    static let count = ConfigurationKey("delivery.count", .integer(1...9), default: 3, "Count.")
    static let url = ConfigurationKey(required: "aggregator.url", .text(), "Where it is.")
    static let authority = ConfigurationKey(
        "aggregator.ca_file", .optional(.path), default: nil, "Own certificate authority.")
    static let proxies = ConfigurationKey(
        "trusted_proxies", .list(of: .text(), countMax: 3), default: [], "Proxies.")
    static let mode = ConfigurationKey(
        "mode", ConfigurationKind<Mode>.choice, default: .safe, "Mode.")
    static let isOpen = ConfigurationKey("open", .bool, default: false, "Open.")
    static let key = ConfigurationKey("key_file", .optional(.secretFile), default: nil, "Key.")
    static let keys: [any ConfigurationDeclaration] = [
        size, wait, count, url, authority, proxies, mode, isOpen, key,
    ]

    private func parse(
        _ yaml: String, _ environment: [String: String] = [:]
    ) throws(ConfigurationRefusal) -> Configuration {
        try .parse(yaml, keys: Self.keys, environment: environment, prefix: "CONVEY_TEST_")
    }

    private func problems(of yaml: String, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try parse(yaml, environment)
            return []
        } catch {
            return error.problems.map(\.sentence)
        }
    }

    @Test func readsEveryKind() throws {
        let configuration = try parse(
            """
            # A comment.
            intake: {body_bytes_max: 64KiB}
            delivery:
              wait: 2m
              count: 7
            aggregator:
              url: "https://example.net"
              ca_file: /etc/convey/ca.pem
            trusted_proxies:
              - 10.0.0.0/8
              - '::1'
            mode: fast
            open: true
            """)
        #expect(configuration[Self.size] == 65_536)
        #expect(configuration[Self.wait] == .seconds(120))
        #expect(configuration[Self.count] == 7)
        #expect(configuration[Self.url] == "https://example.net")
        #expect(configuration[Self.authority] == "/etc/convey/ca.pem")
        #expect(configuration[Self.proxies] == ["10.0.0.0/8", "::1"])
        #expect(configuration[Self.mode] == .fast)
        #expect(configuration[Self.isOpen])
    }

    @Test func takesDefaultsForWhatIsLeftOut() throws {
        let configuration = try parse("aggregator:\n  url: x\n  ca_file:\nmode: ~\n")
        #expect(configuration[Self.wait] == .seconds(30))
        #expect(configuration[Self.authority] == nil)
        #expect(configuration[Self.mode] == .safe)
        #expect(configuration[Self.proxies] == [])
        #expect(configuration[Self.key]?.revealed == nil)
    }

    @Test func theEnvironmentWins() throws {
        let configuration = try parse(
            "aggregator: {url: file}",
            [
                "CONVEY_TEST_AGGREGATOR_URL": "environment", "CONVEY_TEST_TRUSTED_PROXIES": "a, b",
                "CONVEY_TEST_SERVICE_HOST": "10.1.1.1", "HOME": "/",
            ])
        #expect(configuration[Self.url] == "environment")
        #expect(configuration[Self.proxies] == ["a", "b"])
        #expect(configuration.unknownVariables == ["CONVEY_TEST_SERVICE_HOST"])
    }

    @Test func namesEveryFaultWithItsLine() {
        let found = problems(
            of: """
                intake:
                  body_byte_max: 1
                delivery:
                  wait: 5
                  count: 10
                mode: quick
                open: yes
                trusted_proxies: one
                delivery.count: 3
                nothing_like_it_at_all: 1
                """, ["CONVEY_TEST_INTAKE_BODY_BYTES_MAX": "17MiB"])
        #expect(
            found == [
                "line 2: intake.body_byte_max is no setting of this program; did you mean intake.body_bytes_max?",
                "line 4: delivery.wait must be a length of time, as 500ms, 30s, 5m, 2h or 3d.",
                "line 5: delivery.count must be within 1 to 9.",
                "line 6: mode must be one of fast, safe.",
                "line 7: open must be true or false.",
                "line 8: trusted_proxies must be a list of up to 3, each text of up to 1000 bytes.",
                "line 9: delivery.count is set twice.",
                "line 10: nothing_like_it_at_all is no setting of this program.",
                "CONVEY_TEST_INTAKE_BODY_BYTES_MAX: intake.body_bytes_max must be within 1 to 16MiB.",
                "aggregator.url must be set.",
            ])
    }

    @Test(arguments: [
        "a: [1", "\tx: 1", "- a\n- b", "just text", "a: *anchor", "a: &x 1", "a: !!int 1",
        "a: 1\n---\nb: 2", "trusted_proxies: [{a: 1}]", "trusted_proxies: [[1]]", "? [1]\n: 2",
        "a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}", "a: \u{0}", "{? {a: 1} : b}",
    ])
    func refusesWhatIsNotAConfiguration(yaml: String) {
        #expect(!problems(of: yaml).isEmpty)
    }

    @Test(arguments: [
        "1", "-1s", "1.5s", "99999999999999999999d", "1 s", "s", "2d", "999ms",
    ])
    func refusesLengths(text: String) {
        #expect(problems(of: "delivery: {wait: '\(text)'}\naggregator: {url: x}").count == 1)
    }

    @Test func readsSecretsFromFiles() throws {
        let path = NSTemporaryDirectory() + "convey-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "hunter2\n".write(toFile: path, atomically: true, encoding: .utf8)
        let configuration = try parse("key_file: \(path)\naggregator: {url: x}")
        #expect(configuration[Self.key]?.revealed == "hunter2")
        #expect(!"\(configuration)".contains("hunter2"))
        #expect(
            problems(of: "key_file: /nowhere\naggregator: {url: x}") == [
                "line 1: key_file Could not read /nowhere: it does not exist. Check the path."
            ])
    }

    @Test func aMissingFileIsRefused() {
        #expect(throws: ConfigurationRefusal.self) {
            try Configuration.load("/nowhere.yaml", keys: [], prefix: "X_")
        }
    }

    @Test func theReferenceIsAcceptedByTheProgram() throws {
        let reference = ConfigurationReference(keys: Self.keys, prefix: "CONVEY_TEST_")
        let yaml = reference.yaml(title: "All settings.")
        #expect(problems(of: yaml) == ["aggregator.url must be set."])
        let filled = yaml.replacingOccurrences(of: "  # url:", with: "  url: x")
        let configuration = try parse(filled)
        #expect(configuration[Self.size] == 65_536)
        #expect(yaml.contains("  # Environment: CONVEY_TEST_INTAKE_BODY_BYTES_MAX\n"))
        #expect(yaml.contains("trusted_proxies: []\n"))
        #expect(reference.help().contains("aggregator.url (required)"))
        #expect(reference.help().contains("delivery.wait (default 30s)"))
    }

    @Test func survivesRandomBytes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let alphabet = Array("a: [{}]-\n \t'\"#&*!|>%@?,~\u{0}é".unicodeScalars)
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "a")
            }
            #expect(!problems(of: text).isEmpty, "seed \(seed)")
        }
    }
}

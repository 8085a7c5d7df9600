import Daemon
import Foundation
import HTTP
import Testing

@testable import CollectorMain

/// Goal: what ships as configuration is what the program reads. Method: the files of `collector/`
/// and a few contradictions.
@Suite struct CollectorConfigurationTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "collector")

    private func path(_ name: String) -> String { Self.folder.appending(path: name).path }

    private func problems(_ yaml: String) throws -> [String] {
        let configuration = try Configuration.parse(
            yaml, keys: CollectorConfiguration.keys, prefix: "CONVEY_COLLECTOR_")
        return CollectorConfiguration.listen.problems(of: configuration).map(\.sentence)
    }

    /// After a change of the keys: `convey-collector config reference > collector/reference.yaml`.
    @Test func theReferenceIsUpToDate() throws {
        let text = try String(contentsOfFile: path("reference.yaml"), encoding: .utf8)
        #expect(text == CollectorConfiguration.settings.reference(of: "convey-collector"))
    }

    @Test(arguments: ["reference.yaml", "minimal.yaml"]) func isAccepted(name: String) throws {
        let configuration = try CollectorConfiguration.settings.load(path(name), environment: [:])
        let listeners = CollectorConfiguration.listen.listeners(configuration, nil)
        guard case .plain(let address, let port)? = listeners.first else {
            Issue.record("Nothing listens.")
            return
        }
        #expect(address.isLoopback && port == 8480 && listeners.count == 1)
    }

    @Test func refusesAPlainDoorToTheNetwork() throws {
        #expect(try problems("listen: {plain: ['0.0.0.0:80']}").count == 1)
        #expect(try problems("listen: {plain: ['0.0.0.0:80'], plain_on_network: true}").isEmpty)
        #expect(try problems("listen: {plain: ['[::1]:80', '127.0.0.2:80']}").isEmpty)
    }

    @Test func refusesTLSWithoutFilesAndNoDoorAtAll() throws {
        #expect(try problems("listen: {tls: ['0.0.0.0:443']}").count == 1)
        #expect(
            try problems("listen: {tls: ['0.0.0.0:443'], certificate_file: c, key_file: k}").isEmpty
        )
        #expect(try problems("listen: {plain: []}").count == 1)
    }

    @Test(arguments: [
        ("version", Int32(0)), ("config reference", 0), ("--help", 0), ("rum", 64),
        ("config check --config /nowhere.yaml", 78),
    ])
    func exitsWith(line: String, status: Int32) async {
        #expect(await runCommand(line.split(separator: " ").map(String.init)) == status)
    }
}

/// Goal: addresses are read as written or not at all. Method: good and bad ones.
@Suite struct ListenAddressTests {
    @Test(arguments: ["127.0.0.1:8480", "0.0.0.0:0", "[::1]:65535", "[2001:db8::1]:443"])
    func reads(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80",
        "[127.0.0.1]:80", "[::1]", "localhost:80", "127.0.0.1:8o",
    ])
    func refuses(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}

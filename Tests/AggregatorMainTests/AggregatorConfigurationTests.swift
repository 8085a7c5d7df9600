import Daemon
import Foundation
import Testing

@testable import AggregatorMain

/// Goal: what ships as configuration is what the program reads. Method: the files of `aggregator/`.
@Suite struct AggregatorConfigurationTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "aggregator")

    private func path(_ name: String) -> String { Self.folder.appending(path: name).path }

    /// After a change of the keys: `convey-aggregator config reference > aggregator/reference.yaml`.
    @Test func theReferenceIsUpToDate() throws {
        let text = try String(contentsOfFile: path("reference.yaml"), encoding: .utf8)
        #expect(text == AggregatorConfiguration.settings.reference(of: "convey-aggregator"))
    }

    @Test(arguments: ["reference.yaml", "minimal.yaml"]) func isAccepted(name: String) throws {
        _ = try AggregatorConfiguration.settings.load(path(name), environment: [:])
    }

    @Test(arguments: [
        ("sites ad", 64), ("balance --jsn", 64), ("serve now", 64),
        ("config check --config /nowhere.yaml", 78), ("version", 0), ("--help", 0),
    ])
    func exitsWith(line: String, status: Int32) async {
        #expect(await runCommand(line.split(separator: " ").map(String.init)) == status)
    }
}

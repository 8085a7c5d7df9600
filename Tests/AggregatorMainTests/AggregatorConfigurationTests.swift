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

    // MARK: The database's address

    @Test(arguments: [
        "postgres://db.example/convey", "postgresql://convey@db.example:6432/convey",
        "postgres://convey@one.example:5432,two.example:5433/convey?sslmode=verify-full",
        "postgres:///convey?host=/run/postgresql&port=5433&user=convey",
        "postgres://[2001:db8::1]:5432/convey",
    ])
    func takesAddresses(_ url: String) {
        #expect(DatabaseURL.problem(url) == nil)
    }

    @Test(arguments: [
        ("sqlite:///tmp/a.db", "postgres://"), ("postgres://db.example", "database's name"),
        ("postgres://db.example/", "database's name"),
        ("postgres://convey:hunter2@db.example/convey", "database.password_file"),
        ("postgres://convey:hunter2@one.example,two.example/convey", "database.password_file"),
        ("postgres://db.example/convey?password=hunter2", "database.password_file"),
        ("postgres://db.example/convey?sslpassword=hunter2", "database.password_file"),
        ("postgres://db.example/convey?target_session_attrs=any", "takes writes"),
        ("postgres://db.example/convey?ssl_mode=require", "ssl_mode"),
        ("postgres://db.example/convey?hunter2!", "no legal form"),
    ])
    func refusesAddresses(_ url: String, _ words: String) throws {
        let problem = try #require(DatabaseURL.problem(url))
        #expect(problem.contains(words))
        #expect(!problem.contains("hunter2"))
    }

    @Test func aPasswordInTheAddressStopsTheProgramAndIsNotShown() {
        let refusal = #expect(throws: ConfigurationRefusal.self) {
            _ = try AggregatorConfiguration.settings.load(
                path("minimal.yaml"),
                environment: [
                    "CONVEY_AGGREGATOR_DATABASE_URL": "postgres://convey:hunter2@db.example/convey"
                ])
        }
        let sentence = refusal?.problems.map(\.sentence).joined() ?? ""
        #expect(sentence.contains("database.password_file") && !sentence.contains("hunter2"))
    }
}

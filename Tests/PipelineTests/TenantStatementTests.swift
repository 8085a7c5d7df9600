import Foundation
import Schema
import Store
import TestSupport
import Testing

/// Goal: on several servers every statement of ingest and pipeline is work for one of them, since it
/// names the organization for every distributed table. Method: the statements of a working day, read
/// one by one; those that may not are listed with the reason.
@Suite(.timeLimit(.minutes(5))) struct TenantStatementTests {
    /// How a statement that reads several organizations begins, and why it may.
    private static let excepted: [(start: String, reason: String)] = [
        (
            "SELECT organization FROM work WHERE stage",
            "lists the organizations that have chunks to read"
        ),
        (
            "SELECT organization, site FROM pipeline_stale",
            "lists the sites that have orders to judge"
        ),
        (
            "SELECT organization, site, min(arrived_at_us) FROM conversion",
            "lists the sites that have something to settle"
        ),
        (
            "SELECT DISTINCT organization FROM chunk",
            "asks whose events lie in a week that is to be dropped for all"
        ),
        (
            "SELECT c.organization, COALESCE(e.events, 0), c.chunks",
            "counts a week that is dropped for all"
        ),
        ("SELECT 1 FROM work WHERE chunk >=", "asks whether a week may be dropped for all"),
        ("SELECT u.destination, u.state, u.code", "counts waiting money for the metrics"),
        (
            "SELECT number, organization, seq, code, pointer",
            "an operator's list of dead letters, of all organizations unless one is named"
        ),
        ("INSERT INTO organization", "the bench's own"),
        ("SELECT l.epoch, l.lane, l.organization, e.collector", Self.books),
        ("SELECT epoch, lane, reason, total, kind FROM ledger_reason", Self.books),
        ("SELECT epoch, lane, reason, CAST(sum(last_seq", Self.books),
        ("SELECT epoch, lane, kind, times FROM ledger_finding", Self.books),
        ("SELECT epoch, lane, CAST(sum(accepted)", Self.books),
        ("SELECT count(*) FROM event", Self.books),
        ("SELECT count(*) FROM dead_letter", Self.books),
        ("SELECT CAST(COALESCE(sum(events), 0) AS BIGINT)", Self.books),
    ]

    private static let books = "draws up the books, of all organizations unless one is named"

    @Test(arguments: Backend.all)
    func everyStatementNamesItsOrganization(_ backend: Backend) async throws {
        let statements = try await Workday.statements(on: backend)
        #expect(statements.count > 120)
        let texts = Set(statements.map { Self.flat($0.postgres) })
        for text in texts where !Self.isBound(text) {
            let isExcepted = Self.excepted.contains { text.hasPrefix($0.start) }
            #expect(isExcepted, "\(text)")
        }
    }

    /// What no working day runs is read in the sources: every literal that is a statement.
    @Test func everyStatementOfTheSourcesNamesItsOrganization() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Aggregator").standardized
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var count = 0
        for case let file as URL in try #require(files)
        where file.pathExtension == "swift" && !file.path.contains("/Schema/") {
            for text in Self.statements(in: try String(contentsOf: file, encoding: .utf8)) {
                count += 1
                let isExcepted = (Self.excepted + Self.unrun).contains {
                    text.hasPrefix($0.start)
                }
                #expect(isExcepted || Self.isBound(text), "\(file.lastPathComponent): \(text)")
            }
        }
        #expect(count > 200)
    }

    /// Exceptions that no working day runs.
    private static let unrun: [(start: String, reason: String)] = [
        (
            "SELECT d.organization, d.number, d.version,",
            "lists the destinations, and which have something due"
        ),
        ("SELECT organization, number FROM destination", "lists the destinations"),
        ("UPDATE work SET free_at_us = $2 WHERE stage", "at the start, on SQLite alone"),
        ("DELETE FROM destination_lease", "at the start, on SQLite alone"),
    ]

    /// The literals of a file that are statements, each on one line.
    private static func statements(in source: String) -> [String] {
        source.matches(of: #/"""((?s).*?)"""|"((?:SELECT|INSERT|UPDATE|DELETE) [^"\n]*)"/#)
            .map { flat(String($0.output.1 ?? $0.output.2 ?? "")) }
            .filter { $0.contains(#/^(?:SELECT|INSERT|UPDATE|DELETE|WITH) /#) }
    }

    @Test func noExceptionIsLeftOver() async throws {
        let texts = try await Workday.statements(on: .postgres).map { Self.flat($0.postgres) }
        for (start, _) in Self.excepted {
            #expect(texts.contains { $0.hasPrefix(start) }, "\(start)")
        }
    }

    @Test(arguments: [
        "SELECT a FROM event WHERE chunk = $1",
        "SELECT a FROM event e JOIN chunk c ON c.number = e.chunk WHERE e.organization = $1",
        "UPDATE work SET a = 1 WHERE (chunk) IN (SELECT chunk FROM work WHERE organization = $1)",
        "INSERT INTO work (chunk) VALUES ($1)",
        "SELECT count(*) FROM event WHERE organization = COALESCE($1, organization)",
    ]) func aStatementThatDoesNotWouldBeFound(_ text: String) {
        #expect(!Self.isBound(text))
    }

    @Test(arguments: [
        "SELECT a FROM event WHERE organization = $1 AND chunk = $2",
        "SELECT a FROM event e JOIN chunk c ON c.organization = e.organization WHERE e.organization = $1",
        "INSERT INTO work (organization, chunk) VALUES ($1, $2)",
        "SELECT 1 FROM site WHERE id = $1",
    ]) func aStatementThatDoesIsNotHeldUp(_ text: String) {
        #expect(Self.isBound(text))
    }

    private static func flat(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static let distributed = Set(
        Schema.tables.filter { $0.kind == .distributed }.map(\.name)
    ).union([
        "ingest_event", "ingest_pending_from", "conversions_current", "conversions_order",
        "sites_link",
    ])

    /// Whether each distributed table that a statement names has its organization given: as a
    /// parameter, or as another table's.
    private static func isBound(_ text: String) -> Bool {
        let tables = text.matches(of: #/(?:FROM|JOIN|UPDATE) (\w+)/#)
            .filter { distributed.contains(String($0.output.1)) }
        let bound = text.matches(of: #/organization = (?:\$\d|\w+\.organization)/#)
        return bound.count >= tables.count && (tables.isEmpty || text.contains("organization = $"))
            && isInsertedBound(text)
    }

    /// Whether the rows that a statement adds to a distributed table are of a given organization.
    private static func isInsertedBound(_ text: String) -> Bool {
        guard let into = text.firstMatch(of: #/INSERT INTO (\w+) \(([^)]*)\)/#),
            distributed.contains(String(into.output.1))
        else { return true }
        return into.output.2.contains("organization") && text.contains("$1")
    }
}

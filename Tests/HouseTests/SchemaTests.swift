import Crypto
import Testing

/// Goal: a released migration never changes, numbers have no gap, and a table belongs to one room.
/// Method: digests kept here, numbers out of file names, table names out of SQL texts.
@Suite struct SchemaTests {
    /// SHA-256 of each released migration's file, without comments, by name. A release adds its own;
    /// nothing is released yet.
    static let frozen: [String: String] = [:]

    static let schema = "Sources/Aggregator/Schema/"

    static let migrations = Project.sources.filter {
        $0.path.firstMatch(of: #/^Sources/Aggregator/Schema/M\d{4}_\w+\.swift$/#) != nil
    }

    static func digest(of file: SourceFile) -> String {
        let text = file.code.joined(separator: "\n") + file.literals.joined(separator: "\n")
        return SHA256Digest(of: Array(text.utf8)).hex
    }

    @Test func releasedMigrationsAreAsTheyWere() {
        let now = Dictionary(
            uniqueKeysWithValues: Self.migrations.map { ($0.path.dropFirst(Self.schema.count), $0) }
        )
        for (name, digest) in Self.frozen {
            #expect(now[name[...]].map(Self.digest) == digest, "\(name) was changed or removed")
        }
    }

    @Test func aChangedMigrationWouldBeFound() {
        let one = SourceFile(path: "a", text: "// x\nlet a = \"CREATE\"")
        let commented = SourceFile(path: "a", text: "// y\nlet a = \"CREATE\"")
        let changed = SourceFile(path: "a", text: "// x\nlet a = \"CREATE TABLE\"")
        #expect(Self.digest(of: one) == Self.digest(of: commented))
        #expect(Self.digest(of: one) != Self.digest(of: changed))
    }

    @Test func numbersHaveNoGap() {
        let numbers = Self.migrations.compactMap { file in
            Int(file.path.dropFirst(Self.schema.count + 1).prefix(4))
        }
        #expect(numbers.sorted() == Array(1..<numbers.count + 1))
    }

    /// Rooms by table, for tables that the schema creates.
    static func owners(of files: [SourceFile], schema: [SourceFile]) -> [String: Set<String>] {
        let tables = Set(
            schema.flatMap(\.literals).flatMap { text in
                text.matches(of: #/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/#).map {
                    String($0.output.1)
                }
            })
        var owners: [String: Set<String>] = [:]
        for file in files {
            let room = file.path.split(separator: "/").prefix(3).joined(separator: "/")
            for text in file.literals {
                for match in text.matches(of: #/\b(?:INTO|FROM|JOIN|UPDATE)\s+(\w+)/#) {
                    let table = String(match.output.1)
                    if tables.contains(table) { owners[table, default: []].insert(room) }
                }
            }
        }
        return owners
    }

    @Test func aTableBelongsToOneRoom() {
        let files = Project.sources.filter { $0.path.hasPrefix("Sources/Aggregator/") }
        let schema = files.filter { $0.path.hasPrefix(Self.schema) }
        let rooms = files.filter {
            !$0.path.hasPrefix(Self.schema) && !$0.path.hasPrefix("Sources/Aggregator/Main/")
        }
        for (table, owners) in Self.owners(of: rooms, schema: schema) {
            #expect(owners.count == 1, "\(table) is used by \(owners.sorted())")
        }
    }

    @Test func aSharedTableWouldBeFound() {
        let schema = SourceFile(path: "s", text: "\"CREATE TABLE event_seen (\"")
        let one = SourceFile(
            path: "Sources/Aggregator/Ingest/A.swift", text: "\"INSERT INTO event_seen\"")
        let two = SourceFile(
            path: "Sources/Aggregator/Sites/B.swift",
            text: "\"\"\"\nSELECT 1\nFROM event_seen\n\"\"\"")
        #expect(Self.owners(of: [one, two], schema: [schema])["event_seen"]?.count == 2)
    }
}

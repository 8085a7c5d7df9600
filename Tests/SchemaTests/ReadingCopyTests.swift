import Foundation
import Schema
import Store
import Testing

/// Goal: whoever reads `aggregator/schema/` reads what is run. Method: put the migrations together
/// and compare. With CONVEY_WRITE_COPIES set, the copies are written instead.
@Suite struct ReadingCopyTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../aggregator/schema").standardized

    private static func copy(_ text: (Int) -> String) -> String {
        let head = """
            -- A reading copy of the aggregator's schema: every migration, in order. Made from
            -- Sources/Aggregator/Schema, which is what runs; a test holds the two together.
            """
        let parts = Schema.migrations.indices.map { index in
            let migration = Schema.migrations[index]
            return "-- \(migration.number): \(migration.name)\n\n\(text(index))"
        }
        return ([head] + parts).joined(separator: "\n\n") + "\n"
    }

    @Test(arguments: ["sqlite.sql", "postgres.sql"]) func isUpToDate(_ name: String) throws {
        let copy = Self.copy { index in
            let texts = Schema.migrations[index].texts
            return name == "sqlite.sql" ? texts.sqlite : texts.postgres
        }
        let file = Self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["CONVEY_WRITE_COPIES"] != nil {
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            try Data(copy.utf8).write(to: file)
        }
        let isSame = try String(contentsOf: file, encoding: .utf8) == copy
        #expect(
            isSame, "CONVEY_WRITE_COPIES=1 swift test --filter ReadingCopyTests writes it anew.")
    }
}

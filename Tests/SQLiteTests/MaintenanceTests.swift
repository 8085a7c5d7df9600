import Foundation
import SQLite
import TestSupport
import Testing

/// Goal: damage is found and a backup is one whole moment.
/// Method: flip bytes in a real file; back up while the owner writes on.
@Suite struct MaintenanceTests {
    let directory = try! TemporaryDirectory()
    var path: String { directory.file("a.db") }

    /// 1,000 rows that fill pages, then all in the database file.
    private func filled() throws -> Connection {
        let connection = try Connection(path: path, mode: .owner())
        try connection.execute(
            """
            CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT;
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
            INSERT INTO t SELECT i, zeroblob(1000) FROM n
            """)
        try connection.checkpoint(.truncate)
        return connection
    }

    @Test func findsNothingInASoundFile() throws {
        let connection = try filled()
        #expect(try connection.check(.quick) == [])
        #expect(try connection.check(.full) == [])
    }

    @Test func findsADanglingForeignKeyOnlyInAFullCheck() throws {
        let connection = try filled()
        try connection.execute(
            """
            CREATE TABLE u (a INTEGER REFERENCES t (a)) STRICT; PRAGMA foreign_keys = OFF;
            INSERT INTO u VALUES (50000)
            """)
        #expect(try connection.check(.quick) == [])
        #expect(try connection.check(.full).count == 1)
    }

    @Test func findsFlippedBytes() throws {
        do { _ = try filled() }
        var bytes = try Data(contentsOf: URL(filePath: path))
        for offset in stride(from: 8_192, to: bytes.count, by: 97) { bytes[offset] ^= 0xFF }
        try bytes.write(to: URL(filePath: path))
        var isDamaged = false
        do throws(SQLiteError) {
            isDamaged = try !Connection(path: path, mode: .owner()).check(.full).isEmpty
        } catch {
            isDamaged = error.kind == .corrupt
        }
        #expect(isDamaged)
    }

    @Test func refusesAFileThatIsNoDatabase() throws {
        try Data(repeating: 65, count: 8_192).write(to: URL(filePath: path))
        let error = #expect(throws: SQLiteError.self) {
            _ = try Connection(path: path, mode: .owner())
        }
        #expect(error?.kind == .corrupt)
    }

    @Test func backsUpOneMomentWhileTheOwnerWritesOn() throws {
        let owner = try filled()
        let reader = try Connection(path: path, mode: .reader)
        let target = directory.file("copy.db")
        try Data("older".utf8).write(to: URL(filePath: target))
        // The question before each step is where the writer gets its turn.
        var steps = 0
        try reader.backup(to: target) {
            steps += 1
            if steps == 2 { try! owner.execute("DELETE FROM t WHERE a > 10") }
            return false
        }
        #expect(steps > 2)
        let copy = try Connection(path: target, mode: .owner())
        #expect(try copy.statement("SELECT count(*) FROM t").next()?.integer(0) == 10_000)
        #expect(try reader.statement("SELECT count(*) FROM t").next()?.integer(0) == 10)
        #expect(!FileManager.default.fileExists(atPath: target + ".partial"))
    }

    @Test func leavesTheOlderCopyWhenABackupIsCancelled() throws {
        _ = try filled()
        let reader = try Connection(path: path, mode: .reader)
        let target = directory.file("copy.db")
        try Data("older".utf8).write(to: URL(filePath: target))
        #expect(throws: SQLiteError.self) { try reader.backup(to: target) { true } }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("older".utf8))
        #expect(!FileManager.default.fileExists(atPath: target + ".partial"))
        try reader.execute("BEGIN; ROLLBACK")
    }
}

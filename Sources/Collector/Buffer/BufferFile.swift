import ConveyProtocol
import Daemon
import SQLite

/// One connection to the buffer's file, with the SQL of its tables. Not for two threads at once.
final class BufferFile {
    private static let applicationID: Int64 = 0x434F_4E56

    let connection: Connection

    /// Opens the file for its one writer. Checkpoints are made by hand, also before closing: SQLite's
    /// own would swallow the error of a failed fsync, and a second one could then succeed without
    /// the bytes.
    init(writing path: String) throws(SQLiteError) {
        connection = try Connection(path: path, mode: .owner(checkpointPages: 0))
        connection.keepLogAtClose()
    }

    /// Opens a file that the writer has made, to read what is committed.
    init(reading path: String) throws(SQLiteError) {
        connection = try Connection(path: path, mode: .reader)
    }

    /// Opens what is left of a damaged file.
    init(salvaging path: String) throws(SQLiteError) {
        connection = try Connection(path: path, mode: .salvage)
    }

    /// Runs a closure in a transaction that holds, on the disk, when this returns.
    func write<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(SQLiteError) -> Value {
        try transaction("BEGIN IMMEDIATE", body)
    }

    /// Runs a closure that sees one moment of the file.
    func read<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(SQLiteError) -> Value {
        try transaction("BEGIN", body)
    }

    private func transaction<Value>(
        _ begin: String, _ body: () throws(SQLiteError) -> Value
    ) throws(SQLiteError) -> Value {
        try run(begin)
        do throws(SQLiteError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            connection.resetStatements()
            rollBack()
            throw error
        }
    }

    private func rollBack() {
        guard connection.isInTransaction else { return }
        do throws(SQLiteError) {
            try connection.execute("ROLLBACK")
        } catch {
            // The first error is the one to act on: whoever gets it closes the connection.
        }
    }

    private func run(_ sql: String) throws(SQLiteError) {
        try connection.statement(sql).run()
    }

    /// The one integer that a query without parameters yields.
    func integer(_ sql: String) throws(SQLiteError) -> Int64 {
        let statement = try connection.statement(sql)
        defer { statement.clear() }
        return try statement.next()?.integer(0) ?? 0
    }
}

// MARK: Making and looking at the file

extension BufferFile {
    /// What a file that was opened turned out to be.
    enum Age: Equatable {
        case new, known
        /// An earlier version of this program made it.
        case older
        /// A newer program made it, or it is no buffer: it must not be touched.
        case foreign
    }

    func age() throws(SQLiteError) -> Age {
        let version = try integer("PRAGMA user_version")
        let application = try integer("PRAGMA application_id")
        if version == BufferSchema.version, application == Self.applicationID { return .known }
        if version == 1, application == Self.applicationID { return .older }
        let isEmpty = try integer("SELECT count(*) FROM sqlite_schema") == 0
        return version == 0 && application == 0 && isEmpty ? .new : .foreign
    }

    /// Makes the tables; within a transaction.
    func makeTables() throws(SQLiteError) {
        try connection.execute(BufferSchema.statements)
        try connection.execute("PRAGMA application_id = \(Self.applicationID)")
    }

    /// Adds what an earlier version's file lacks; within a transaction.
    func addTables() throws(SQLiteError) { try connection.execute(BufferSchema.quarantine) }

    /// Bytes in use: what of the database holds something, and the log.
    func usedBytes() throws(SQLiteError) -> Int64 {
        let pages = try integer("PRAGMA page_count") - integer("PRAGMA freelist_count")
        return try pages * integer("PRAGMA page_size") + logBytes
    }

    var logBytes: Int64 { DiskFile.byteCount(connection.path + "-wal") }

    /// Whether the file is the one whose identity was written down in it.
    func identity() throws(SQLiteError) -> DiskFile.Identity? {
        let statement = try connection.statement("SELECT inode FROM file")
        defer { statement.clear() }
        guard let row = try statement.next() else { return nil }
        return DiskFile.Identity(inode: row.integer(0))
    }

    /// Writes down which file this is, and that it was opened once more: the count makes sure that
    /// something is really written. Within a transaction.
    func setIdentity(_ identity: DiskFile.Identity) throws(SQLiteError) {
        let openings = try integer("SELECT openings FROM file") + 1
        try connection.statement("DELETE FROM file").run()
        let statement = try connection.statement(
            "INSERT INTO file (inode, openings) VALUES ($1, $2)")
        try statement.bind(1, identity.inode)
        try statement.bind(2, openings)
        try statement.run()
    }
}

// MARK: Small values that other rooms keep here

extension BufferFile {
    func kept(_ name: String) throws(SQLiteError) -> [UInt8]? {
        let statement = try connection.statement("SELECT value FROM kept WHERE name = $1")
        defer { statement.clear() }
        try statement.bind(1, name)
        return try statement.next()?.bytes(0)
    }

    /// Replaces a value; nil removes it.
    func keep(_ value: [UInt8]?, as name: String) throws(SQLiteError) {
        guard let value else {
            let statement = try connection.statement("DELETE FROM kept WHERE name = $1")
            try statement.bind(1, name)
            try statement.run()
            return
        }
        let statement = try connection.statement(
            """
            INSERT INTO kept (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """)
        try statement.bind(1, name)
        try statement.bind(2, value)
        try statement.run()
    }

    func allKept() throws(SQLiteError) -> [(name: String, value: [UInt8])] {
        let statement = try connection.statement("SELECT name, value FROM kept ORDER BY name")
        var all: [(name: String, value: [UInt8])] = []
        while let row = try statement.next() { all.append((row.text(0) ?? "", row.bytes(1))) }
        return all
    }
}

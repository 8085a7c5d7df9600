import SQLite
import TestSupport
import Testing

/// Goal: what is bound comes back, and a connection does what its mode promises.
/// Method: a real file in a directory of its own.
@Suite struct ConnectionTests {
    let directory = try! TemporaryDirectory()
    var path: String { directory.file("a.db") }

    @Test func bindsByNameWhateverTheOrderInTheText() throws {
        let connection = try Connection(path: path, mode: .owner())
        let statement = try connection.statement("SELECT $2, $1, $2")
        try statement.bind(1, Int64.min)
        try statement.bind(2, "zwei")
        let row = try #require(try statement.next())
        #expect(row.text(0) == "zwei")
        #expect(row.integer(1) == .min)
        #expect(row.text(2) == "zwei")
    }

    @Test func returnsEveryKindOfValueAsItWasBound() throws {
        let connection = try Connection(path: path, mode: .owner())
        let statement = try connection.statement("SELECT $1, $2, $3, $4, $5, $6, $7")
        let text = "ä\u{0}雪" + String(repeating: "x", count: 40)
        try statement.bind(1, 1.5)
        try statement.bind(2, text)
        try statement.bind(3, [0, 255, 1])
        try statement.bind(5, "")
        try statement.bind(6, [UInt8]())
        try statement.bind(7, Int64(7))
        let row = try #require(try statement.next())
        #expect(row.real(0) == 1.5)
        #expect(row.text(1) == text)
        #expect(row.bytes(2) == [0, 255, 1])
        #expect(row.isNull(3))
        #expect(row.kind(4) == .text && row.text(4) == "")
        #expect(row.kind(5) == .bytes && row.bytes(5) == [])
        #expect(row.kind(6) == .integer && row.columnCount == 7)
    }

    @Test func storesBorrowedBytesAndForgetsThem() throws {
        let connection = try Connection(path: path, mode: .owner())
        try connection.execute("CREATE TABLE t (a BLOB) STRICT")
        let insert = try connection.statement("INSERT INTO t VALUES ($1)")
        let bytes = [UInt8](repeating: 9, count: 100_000)
        #expect(try insert.run(borrowing: unsafe bytes.span.bytes, as: 1) == 1)
        #expect(try insert.run() == 1)
        let select = try connection.statement("SELECT a FROM t ORDER BY rowid")
        #expect(try select.next()?.bytes(0) == bytes)
        #expect(try select.next()?.isNull(0) == true)
    }

    @Test func countsOnlyTheRowsOfTheStatementItself() throws {
        let connection = try Connection(path: path, mode: .owner())
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
        let insert = try connection.statement("INSERT INTO t VALUES ($1) ON CONFLICT DO NOTHING")
        try insert.bind(1, Int64(1))
        #expect(try insert.run() == 1)
        #expect(try insert.run() == 0)
        #expect(try connection.statement("SELECT a FROM t").run() == 0)
        #expect(connection.lastInsertRowID == 1)
    }

    @Test func keepsPreparedStatementsButLetsLoopsNest() throws {
        let connection = try Connection(path: path, mode: .owner())
        try connection.execute("CREATE TABLE t (a) ; INSERT INTO t VALUES (1), (2)")
        let outer = try connection.statement("SELECT a FROM t")
        #expect(try outer.next()?.integer(0) == 1)
        let inner = try connection.statement("SELECT a FROM t")
        #expect(inner !== outer)
        #expect(try inner.next()?.integer(0) == 1)
        #expect(try outer.next()?.integer(0) == 2)
        connection.resetStatements()
        #expect(!outer.isBusy && !inner.isBusy)
        #expect(try connection.statement("SELECT a FROM t") === outer)
    }

    @Test func readsButNeverWritesAsReader() throws {
        let owner = try Connection(path: path, mode: .owner())
        try owner.execute("CREATE TABLE t (a INTEGER) STRICT")
        let reader = try Connection(path: path, mode: .reader)
        #expect(try reader.statement("SELECT count(*) FROM t").next()?.integer(0) == 0)
        #expect(Self.kind { try reader.execute("INSERT INTO t VALUES (1)") } == .readOnly)
    }

    @Test func leavesTheLogAloneWhenAReaderClosesLast() throws {
        var owner: Connection? = try Connection(path: path, mode: .owner(checkpointPages: 0))
        try owner?.execute("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)")
        var reader: Connection? = try Connection(path: path, mode: .reader)
        _ = try reader?.statement("SELECT a FROM t").run()
        owner = nil
        let log = try reader?.fileSizes().log ?? 0
        reader = nil
        let next = try Connection(path: path, mode: .owner(checkpointPages: 0))
        let logAfterwards = try next.fileSizes().log
        #expect(log > 0 && logAfterwards == log)
        #expect(try next.checkpoint(.truncate).logPages == 0)
        #expect(try next.fileSizes().log == 0)
    }

    @Test func namesTheKindOfAnError() throws {
        let missing = directory.file("none/a.db")
        #expect(Self.kind { _ = try Connection(path: missing, mode: .owner()) } == .cannotOpen)
        let connection = try Connection(path: path, mode: .owner())
        #expect(Self.kind { try connection.execute("SELEC 1") } == .other)
        try connection.execute("CREATE TABLE t (a INTEGER CHECK (a > 0)) STRICT")
        #expect(Self.kind { try connection.execute("INSERT INTO t VALUES (0)") } == .constraint)
    }

    @Test func saysWhetherATransactionIsOpen() throws {
        let connection = try Connection(path: path, mode: .owner())
        var answers = [connection.isInTransaction]
        try connection.execute("BEGIN IMMEDIATE")
        answers.append(connection.isInTransaction)
        try connection.execute("ROLLBACK")
        answers.append(connection.isInTransaction)
        #expect(answers == [false, true, false])
    }

    private static func kind(_ body: () throws -> Void) -> SQLiteError.Kind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SQLiteError)?.kind
        }
    }
}

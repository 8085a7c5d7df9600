import Store
import TestSupport
import Testing
import Time

/// Goal: the face of the store gives back what it was given, on every database.
/// Method: one small table, one transaction a test.
@Suite struct TransactionTests {
    private static let table = SQL(
        sqlite: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c REAL) STRICT",
        postgres: "CREATE TABLE t (id BIGINT PRIMARY KEY, a TEXT, b BYTEA, c DOUBLE PRECISION)")
    private static let insert = SQL("INSERT INTO t (id, a, b, c) VALUES ($1, $2, $3, $4)")
    private static let select = SQL("SELECT id, a, b, c FROM t ORDER BY id")
    private static let selectOne = SQL("SELECT a FROM t WHERE id = $1")

    @Test(arguments: Backend.all) func returnsEveryKindOfValue(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let at = Timestamp(microseconds: 1_767_225_600_123_456)
        try await temporary.store.write { tx in
            try tx.execute(Self.table)
            try tx.run(Self.insert, .timestamp(at), .text("ä"), .bytes([0, 255]), .real(1.5))
            try tx.run(Self.insert, .integer(.max), .null, .null, .null)
        }
        try await temporary.store.read { tx in
            let rows = try tx.all(Self.select) { row in
                [
                    row.timestamp(0) == at, row.optionalText(1) == "ä", row.bytes(2) == [0, 255],
                    row.real(3) == 1.5, row.isNull(1), row.optionalBytes(2) == nil,
                ]
            }
            #expect(rows[0] == [true, true, true, true, false, false])
            #expect(rows[1] == [false, false, false, false, true, true])
        }
    }

    @Test(arguments: Backend.all) func countsChangedRows(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let counts = try await temporary.store.write { tx in
            try tx.execute(Self.table)
            return [
                try tx.run(Self.insert, .integer(1), .null, .null, .null),
                try tx.run(SQL("UPDATE t SET a = 'x'")),
                try tx.run(SQL("UPDATE t SET a = 'x' WHERE id = $1"), .integer(2)),
                try tx.run(SQL("DELETE FROM t")),
            ]
        }
        #expect(counts == [1, 1, 0, 1])
    }

    @Test(arguments: Backend.all) func takesTheFirstRowOrNone(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        try await temporary.store.write { tx in
            try tx.execute(Self.table)
            try tx.run(Self.insert, .integer(1), .text("one"), .null, .null)
            let found = try tx.first(Self.selectOne, .integer(1)) { $0.text(0) }
            let missing = try tx.first(Self.selectOne, .integer(2)) { $0.text(0) }
            #expect(found == "one" && missing == nil)
        }
    }

    @Test(arguments: Backend.all)
    func runsOneStatementForManyRows(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let insert = SQL(
            sqlite: """
                INSERT INTO t (id, a, b) VALUES ($1, $2, $3)
                ON CONFLICT (id) DO NOTHING RETURNING id
                """,
            postgres: """
                INSERT INTO t (id, a, b) SELECT i, $2, b FROM unnest($1::bigint[], $3::bytea[]) AS u (i, b)
                ON CONFLICT (id) DO NOTHING RETURNING id
                """)
        try await temporary.store.write { tx in
            try tx.execute(Self.table)
            var stored: [Int64] = []
            let count = try tx.runEach(
                insert, .integers([1, 2, 1, 3]), .constant(.text("a")),
                .bytes([[1], [2], [9], [3]])
            ) { stored.append($0.integer(0)) }
            #expect(count == 3 && stored.sorted() == [1, 2, 3])
            let bytes = try tx.all(Self.select) { $0.bytes(2) }
            #expect(bytes == [[1], [2], [3]])
        }
    }

    @Test(arguments: Backend.all)
    func saysWhichRowsWentIn(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let insert = SQL(
            sqlite: "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            postgres: """
                INSERT INTO t (id, a) SELECT i, $2 FROM unnest($1::bigint[]) AS u (i)
                ON CONFLICT (id) DO NOTHING RETURNING id
                """)
        try await temporary.store.write { tx in
            try tx.execute(Self.table)
            try tx.run(Self.insert, .integer(2), .null, .null, .null)
            let new = try tx.insertNew(
                insert, .integers([1, 2, 3]), .constant(.text("a")), identifiedBy: 1)
            #expect(new == [1, 3])
        }
    }

    @Test(arguments: Backend.all) func refusesToWriteInARead(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        try await temporary.store.write { try $0.execute(Self.table) }
        let fault = await #expect(throws: StoreFault.self) {
            try await temporary.store.read { tx in
                _ = try tx.run(Self.insert, .integer(1), .null, .null, .null)
            }
        }
        #expect(fault?.kind == .readOnly)
    }

    @Test(arguments: Backend.all) func readsOneMoment(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        try await store.write { try $0.execute(Self.table) }
        let (begun, finish) = (Latch(), Latch())
        async let counts = store.read { tx in
            let before = try tx.all(Self.select) { $0.integer(0) }.count
            begun.open()
            finish.wait()
            return [before, try tx.all(Self.select) { $0.integer(0) }.count]
        }
        begun.wait()
        try await store.write { tx in
            _ = try tx.run(Self.insert, .integer(1), .null, .null, .null)
        }
        finish.open()
        #expect(try await counts == [0, 0])
        #expect(try await store.read { try $0.all(Self.select) { $0.integer(0) } } == [1])
    }
}

import Child
import TestSupport
import Testing

@testable import Postgres

/// Goal: each way in which a server fails is told apart, and no word of it holds a stored value or a
/// secret. Method: a real server that is made to fail; PostgreSQL's codes by table where it cannot be.
@Suite struct ErrorTests {
    private let database: TestPostgres.Database
    private let connection: Connection

    init() throws {
        database = try TestPostgres.makeDatabase()
        connection = try Connection(ConnectionTarget(url: database.url))
    }

    private func error(_ sql: String, _ parameters: Parameter...) throws -> PostgresError {
        try #require(throws: PostgresError.self) { try connection.run(sql, parameters) }
    }

    @Test(
        arguments: [
            ("40001", .conflict), ("40P01", .conflict), ("53100", .diskFull),
            ("53200", .overloaded),
            ("53300", .overloaded), ("57P01", .unreachable), ("57P02", .unreachable),
            ("57P03", .unreachable), ("57014", .busy), ("55P03", .busy), ("25P03", .busy),
            ("25006", .unreachable), ("42501", .readOnly), ("58030", .io), ("58P01", .io),
            ("XX001", .corrupt), ("XX002", .corrupt), ("XX000", .other), ("23505", .constraint),
            ("23514", .constraint), ("54000", .tooBig), ("54001", .tooBig), ("08006", .unreachable),
            ("28P01", .unreachable), ("3D000", .unreachable), ("42601", .other), ("22003", .other),
            ("0A000", .conflict), ("", .other),
        ] as [(String, PostgresError.Kind)])
    func tellsCodesApart(_ state: String, _ kind: PostgresError.Kind) {
        #expect(PostgresError.kind(ofState: state) == kind)
    }

    @Test(arguments: [
        ("INSERT INTO t VALUES (1, $1)", "t_pkey"), ("INSERT INTO t VALUES (2, '')", "t_b_check"),
        ("INSERT INTO t VALUES (3, NULL)", "null value"),
    ])
    func aRuleIsNamedAndNoValue(_ sql: String, _ rule: String) throws {
        try connection.execute(
            """
            CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT NOT NULL CHECK (b <> ''));
            INSERT INTO t VALUES (1, 'secret')
            """)
        let error =
            sql.contains("$1") ? try error(sql, .text("secret")) : try error(sql)
        #expect(error.kind == .constraint && error.message.contains(rule))
        #expect(!error.description.contains("secret"))
        #expect(connection.isUsable)
    }

    @Test(arguments: ["SELECT $1::bigint", "SELECT $1::uuid", "SELECT to_timestamp($1, 'YYYY')"])
    func aWrongValueIsNotQuoted(_ sql: String) throws {
        let error = try error(sql, .text("Ann-0123"))
        #expect(error.kind == .other && error.state.hasPrefix("22"), "\(error)")
        #expect(!error.description.contains("Ann"))
    }

    /// PostgreSQL's text holds no NUL: who stores foreign text must have seen to that.
    @Test func aNulInATextIsAFault() throws {
        #expect(try error("SELECT $1", .text("a\0b")).state == "22021")
    }

    @Test func wrongSQLIsOurMistake() throws {
        #expect(try error("SELEKT").kind == .other)
        #expect(try error("SELECT a FROM nowhere").kind == .other)
    }

    @Test func aStatementThatTakesTooLongIsEnded() throws {
        var target = ConnectionTarget(url: database.url)
        target.statementTimeout = .milliseconds(50)
        let hasty = try Connection(target)
        let error = try #require(throws: PostgresError.self) {
            try hasty.run("SELECT pg_sleep(60)", [])
        }
        #expect(error.kind == .busy && hasty.isUsable)
        #expect(try hasty.run("SELECT 1", [])[0].integer(0) == 1)
    }

    @Test func aTransactionThatFailedTakesNothingUntilItEnds() throws {
        try connection.execute("BEGIN")
        _ = try error("SELECT 1 / $1", .integer(0))
        #expect(try error("SELECT 1").state == "25P02")
        #expect(try connection.execute("COMMIT") == "ROLLBACK")
        #expect(!connection.isInTransaction)
    }

    @Test func aKilledConnectionIsBroken() throws {
        let id = try connection.run("SELECT pg_backend_pid()", [])[0].integer(0)
        try database.query("SELECT pg_terminate_backend(\(id))")
        #expect(try error("SELECT 1").kind == .unreachable)
        #expect(!connection.isUsable)
        connection.rollBack()
    }

    @Test(arguments: [true, false]) func aServerThatWentAway(isCrash: Bool) async throws {
        let directory = try TemporaryDirectory()
        let server = try await TestPostgres.start(in: directory)
        let url = server.url(database: "convey")
        let connection = try Connection(ConnectionTarget(url: url))
        if isCrash { try await server.crash() } else { await server.stop(.immediate) }
        let error = #expect(throws: PostgresError.self) { try connection.run("SELECT 1", []) }
        #expect(error?.kind == .unreachable && !connection.isUsable)
        let again = #expect(throws: PostgresError.self) {
            try Connection(ConnectionTarget(url: url))
        }
        #expect(again?.kind == .unreachable)
        try await server.start()
        #expect(try Connection(ConnectionTarget(url: url)).run("SELECT 1", []).rowCount == 1)
    }

    @Test func aMissingDatabaseIsUnreachable() throws {
        let url = database.url.replacing(database.name, with: "nowhere")
        let error = #expect(throws: PostgresError.self) {
            try Connection(ConnectionTarget(url: url))
        }
        #expect(error?.kind == .unreachable)
    }

    @Test(arguments: ["postgres://convey@%2Ftmp:99999/a", "postgres://[", "postgres://a/b?no=1"])
    func aWrongURLIsUnreachable(_ url: String) {
        let error = #expect(throws: PostgresError.self) {
            try Connection(ConnectionTarget(url: url))
        }
        #expect(error?.kind == .unreachable)
    }
}

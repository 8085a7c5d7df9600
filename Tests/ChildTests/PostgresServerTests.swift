import Child
import TestSupport
import Testing

/// Goal: the servers that other tests rely on die, recover and take over as real ones do. Method:
/// statements before and after.
@Suite struct PostgresServerTests {
    @Test(arguments: ["crash", "immediate", "fast"])
    func keepsWhatItCommitted(end: String) async throws {
        let directory = try TemporaryDirectory()
        let server = try await TestPostgres.start(in: directory)
        try await server.query("CREATE TABLE kept AS SELECT 7 AS number")
        switch end {
        case "crash": try await server.crash()
        case "immediate": await server.stop(.immediate)
        default: await server.stop()
        }
        await #expect(throws: Program.Fault.self) { try await server.query("SELECT 1") }
        try await server.start()
        #expect(try await server.query("SELECT number FROM kept") == "7")
        await server.stop()
    }

    @Test func aStandbyTakesOverWithEveryCommit() async throws {
        let pair = try await TestPostgresPair()
        try await pair.primary.query("CREATE TABLE kept AS SELECT 7 AS number", database: "convey")
        await #expect(throws: Program.Fault.self) {
            try await pair.standby.query("CREATE TABLE refused (number int)", database: "convey")
        }
        try await pair.failOver()
        let moved = "INSERT INTO kept VALUES (8); SELECT sum(number) FROM kept"
        #expect(try await pair.standby.query(moved, database: "convey") == "15")
    }

    @Test func databasesOfTheSharedServerStandAlone() throws {
        let one = try TestPostgres.makeDatabase()
        let other = try TestPostgres.makeDatabase()
        try one.query("CREATE TABLE own AS SELECT 1 AS number")
        #expect(try one.query("SELECT count(*) FROM pg_tables WHERE tablename = 'own'") == "1")
        #expect(try other.query("SELECT count(*) FROM pg_tables WHERE tablename = 'own'") == "0")
    }

    @Test func aServerThatIsLetGoEnds() async throws {
        let directory = try TemporaryDirectory()
        var server: PostgresServer? = try await TestPostgres.start(in: directory)
        let id = try await server?.query("SELECT pg_backend_pid()")
        #expect(id?.isEmpty == false)
        server = nil
        let successor = try PostgresServer(folder: directory.file("pg"))
        try await successor.start()
        #expect(try await successor.query("SELECT 1") == "1")
    }
}

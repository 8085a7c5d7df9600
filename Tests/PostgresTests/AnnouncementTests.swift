import Postgres
import TestSupport
import Testing

/// Goal: what one connection announces the other hears, once it is committed. Method: two connections.
@Suite struct AnnouncementTests {
    private let database: TestPostgres.Database
    private let listener: Connection
    private let speaker: Connection
    private let waker: Waker

    init() throws {
        database = try TestPostgres.makeDatabase()
        listener = try Connection(ConnectionTarget(url: database.url))
        speaker = try Connection(ConnectionTarget(url: database.url))
        waker = try Waker()
        try listener.listen(on: "news")
    }

    @Test func aCommitIsHeardAndARollbackIsNot() throws {
        try speaker.execute("BEGIN; SELECT pg_notify('news', 'dropped'); ROLLBACK")
        try speaker.execute("SELECT pg_notify('other', 'elsewhere')")
        try speaker.execute("BEGIN; SELECT pg_notify('news', 'kept'); COMMIT")
        #expect(try listener.announcements(or: waker.descriptor, atMost: 60_000) == ["kept"])
    }

    @Test func aWakerEndsTheWait() throws {
        waker.wake()
        #expect(waker.wait(atMost: 0))
        #expect(try listener.announcements(or: waker.descriptor, atMost: 60_000) == [])
    }

    @Test func aBrokenConnectionEndsTheWait() throws {
        try database.disconnectAll()
        // The server's last words may come before the end.
        #expect(throws: PostgresError.self) {
            for _ in 1...2 {
                _ = try listener.announcements(or: waker.descriptor, atMost: 60_000)
            }
        }
    }
}

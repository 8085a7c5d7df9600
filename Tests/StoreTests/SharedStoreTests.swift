import Store
import Synchronization
import TestSupport
import Testing

/// Goal: programs on one database can hold names against each other and tell each other what they
/// changed. Method: two stores, as two programs have them.
@Suite struct SharedStoreTests {
    private let database: TestPostgres.Database
    private let one: Store
    private let other: Store
    private static let name = LockName("fold", 1, 7)

    init() throws {
        database = try TestPostgres.makeDatabase()
        one = try Store.postgres(url: database.url, options: TestPostgres.options)
        other = try Store.postgres(url: database.url, options: TestPostgres.options)
    }

    @Test func aNameIsHeldByOneUntilItsTransactionEnds() async throws {
        let (held, go) = (Latch(), Latch())
        async let holding: Void = one.write { tx in
            try tx.lock(Self.name)
            held.open()
            go.wait()
        }
        held.wait()
        #expect(try await !other.write { try $0.tryLock(Self.name) })
        #expect(try await other.write { try $0.tryLock(LockName("fold", 1, 8)) })
        #expect(try await other.write { try $0.tryLock(LockName("settle", 1, 7)) })
        go.open()
        try await holding
        #expect(try await other.write { try $0.tryLock(Self.name) })
    }

    /// What comes after the lock sees what the one before left, also where it had to wait.
    @Test func whoWaitedForANameSeesWhatItsHolderDid() async throws {
        try await one.write { tx in
            try tx.execute(
                SQL("CREATE TABLE t (a BIGINT PRIMARY KEY, b BIGINT); INSERT INTO t VALUES (1, 0)"))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for turn in 0..<40 {
                let store = turn % 2 == 0 ? one : other
                group.addTask {
                    try await store.write { tx in
                        try tx.lock([Self.name, LockName("fold", 1, 8)])
                        let b = try tx.first(SQL("SELECT b FROM t WHERE a = 1")) { $0.integer(0) }
                        _ = try tx.run(SQL("UPDATE t SET b = $1"), .integer((b ?? 0) + 1))
                    }
                }
            }
            try await group.waitForAll()
        }
        let sum = try await one.read { try $0.first(SQL("SELECT b FROM t")) { $0.integer(0) } }
        #expect(sum == 40)
    }

    @Test(arguments: Backend.all)
    func anAnnouncementIsHeardOnceItIsCommitted(_ backend: Backend) async throws {
        struct Refusal: Error {}
        let temporary = try backend.makeStore()
        // Two of one file is what SQLite does not allow: there both are one.
        let listening = temporary.database == nil ? temporary : try TemporaryStore(again: temporary)
        let (news, silence) = (StoreSignal("news"), StoreSignal("silence"))
        let heard = AsyncStream<StoreSignal>.makeStream()
        let listener = Task {
            await listening.store.listen(to: [news, silence]) { heard.continuation.yield($0) }
        }
        var signals = heard.stream.makeAsyncIterator()
        let atStart = [await signals.next(), await signals.next()]
        #expect(Set(atStart) == [news, silence])
        _ = try? await temporary.store.write { tx in
            try tx.announce(silence)
            throw Refusal()
        }
        try await temporary.store.write { try $0.announce(news) }
        #expect(await signals.next() == news)
        listener.cancel()
        await listener.value
    }

    @Test func aListenerThatLostItsConnectionIsToldOfAll() async throws {
        let news = StoreSignal("news")
        let heard = AsyncStream<StoreSignal>.makeStream()
        let listener = Task { await other.listen(to: [news]) { heard.continuation.yield($0) } }
        var signals = heard.stream.makeAsyncIterator()
        #expect(await signals.next() == news)
        try database.disconnectAll()
        #expect(await signals.next() == news)
        try await one.write { try $0.announce(news) }
        #expect(await signals.next() == news)
        listener.cancel()
        await listener.value
    }
}

import ConveyProtocol
import Crypto
import Gate
import Sites
import Store
import Synchronization
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: what one process changes of collectors holds in every other within two seconds, whether that
/// hears of it or not, and of several that change one thing at once each finds what the one before left.
/// Method: two stores on one PostgreSQL, as two processes have; an uptime that stands still where the
/// word is to do it, and that is moved where none comes; the connection that listens is cut.
@Suite(.timeLimit(.minutes(5))) struct SharedDirectoryTests {
    private final class StoppedUptime: Uptime {
        private let time = Mutex(Duration.seconds(1))
        func now() -> Duration { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    /// A collector that is enrolled, and another process that knows it.
    private struct Scene {
        let tenants: Tenants
        let organization: Int64
        let collector: CollectorRecord
        let edge = Edge()
        let other: Store
        let directory: StoredDirectory
        let uptime = StoppedUptime()

        init() async throws {
            tenants = try await Tenants.make(.postgres)
            organization = try await tenants.organization("Acme")
            let site = try await tenants.site(organization, "acme")
            collector = try await tenants.collector(organization, "edge-1", [site])
            let url = try #require(tenants.temporary.database).url
            other = try Store.postgres(url: url, options: TestPostgres.options)
            directory = StoredDirectory(other, uptime: uptime)
            try await enrol()
        }

        func enrol() async throws {
            _ = try await tenants.enrol(edge, try await tenants.token(organization, collector))
            try await tenants.write(organization) { tenant, _ in try tenant.announce(.settings) }
        }

        func revoke() async throws {
            let collector = collector
            try await tenants.write(organization) { tenant, now in
                try CollectorTable(tenant, at: now).revoke(collector)
                try tenant.announce(.settings)
            }
        }

        /// What the other process says.
        var isRevoked: Bool {
            get async throws {
                let fingerprint = edge.key.verifyingKey.fingerprint
                return try #require(try await directory.collector(ofKey: fingerprint)).isRevoked
            }
        }
    }

    @Test func hearsOfAChangeAlsoAfterItsConnectionWasCut() async throws {
        let scene = try await Scene()
        let heard = AsyncStream<Void>.makeStream()
        let listening = Task {
            await scene.other.listen(to: [.settings]) { _ in
                scene.directory.forget()
                heard.continuation.yield()
            }
        }
        var words = heard.stream.makeAsyncIterator()
        await words.next()
        #expect(try await !scene.isRevoked)
        try await scene.revoke()
        while try await !scene.isRevoked { await words.next() }

        let database = try #require(scene.tenants.temporary.database)
        try database.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'LISTEN%'
            """)
        try await scene.enrol()
        while try await scene.isRevoked { await words.next() }
        listening.cancel()
        await listening.value
        await scene.other.close()
    }

    @Test func seesAChangeThatItDoesNotHearOf() async throws {
        let scene = try await Scene()
        #expect(try await !scene.isRevoked)
        try await scene.revoke()
        scene.uptime.advance(by: .milliseconds(1_400))
        #expect(try await !scene.isRevoked)
        scene.uptime.advance(by: .milliseconds(100))
        #expect(try await scene.isRevoked)
        await scene.other.close()
    }

    // MARK: At once

    @Test func aTokenIsGoodForOneOfManyAtOnce() async throws {
        let scene = try await Scene()
        let token = try await scene.tenants.token(scene.organization, scene.collector)
        let ends = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do {
                        return try await scene.tenants.enrol(Edge(), token).isNew
                    } catch {
                        return error as? ProtocolProblem == .tokenInvalid ? nil : false
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.compactMap(\.self) == [true])
        await scene.other.close()
    }

    @Test func oneOfManyEqualRotationsIsNew() async throws {
        let scene = try await Scene()
        let (next, tenants) = (Edge(), scene.tenants)
        let now = tenants.clock.wall.now()
        let request = KeyRotationRequest(
            next.key, box: next.box.publicKey,
            after: .init(scene.collector.id, key: scene.edge.key.verifyingKey), sentAt: now)
        let known = try #require(try await tenants.known(scene.edge))
        let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await tenants.store.write {
                        try KeyRotationDesk().rotate(request, of: known, at: now, in: $0).isNew
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.filter { $0 }.count == 1)
        await scene.other.close()
    }
}

import Child
import Foundation
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: what is committed late is skipped by no stage.
///
/// Method: the commit of one batch of orders is held open on the server, behind everything that the
/// transaction does, and so after it has its numbers. Meanwhile another collector of the same shop and
/// another organization commit, and all stages come to rest on that. Then it is let go: every order must
/// become a conversion and be confirmed at the platform, once.
@Suite(.inTurn, .enabled(if: Backend.ofPrograms.count > 1)) struct LateCommitTests {
    private static let action = "1001"

    /// A deferred trigger runs at the commit: it waits for the lock that the test holds where the
    /// commit adds a batch of the first collector of the organization of that name.
    private static let hold = """
        CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM organization_profile p
                JOIN chunk c ON c.organization = p.organization AND c.number = NEW.chunk
                JOIN ledger_epoch e ON e.organization = c.organization AND e.number = c.epoch
                WHERE p.organization = NEW.organization AND p.name = 'Lamps and chairs'
                    AND e.collector = (SELECT min(number) FROM collector
                        WHERE organization = NEW.organization))
            THEN
                PERFORM pg_advisory_lock_shared(77);
                PERFORM pg_advisory_unlock_shared(77);
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER wait_for_the_test AFTER INSERT ON work
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_the_test();
        """
    private static let waiting = """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND objid = 77 AND classid = 0
        """

    @Test(.timeLimit(.minutes(10))) func aHeldCommitIsSkippedByNoStage() async throws {
        try await Siege.run([Self.action], on: .server) { siege in
            let server = try #require(siege.ground.server)
            try await siege.start("google") { try await siege.google.start() }
            try await siege.add(Self.action, at: siege.google)
            let watcher = Task { try await siege.watch() }
            defer { watcher.cancel() }
            let other = try await Merchant.open(
                "Tables", stores: ["tables"], on: siege.stage, by: siege.troupe.road)
            let second = try await siege.merchant.beside(2, by: siege.troupe.road)
            let collectors = [try await other.startCollector(), try await second.startCollector()]
            for merchant in [other, second] { try await merchant.takesEvents() }
            // Epoch and lanes are there: what is held then is a batch like any other.
            let early = try await siege.buy(orders: 1)
            try await server.query(Self.hold, database: "convey")
            let lock = try await HeldLock.take("SELECT pg_advisory_lock(77)", on: server)

            let ids = try await siege.buy(orders: 10, after: 1)
            let held = try await Patience.ask(within: .seconds(60)) {
                try await server.query(Self.waiting)
            } until: {
                $0 != "0"
            }
            #expect(held != "0", "no commit is held")
            // Others go on meanwhile, and all of what they bring goes through all stages.
            var shop = Shop(seed: 7, now: siege.now)
            let courier = Courier(to: other.intake, with: other.shops[0])
            _ = try await courier.deliver(shop.deliveries(visits: 60), width: 4)
            try await Books(stage: siege.stage, merchant: other).settled(within: Siege.patience)
            let conversions = ["conversions", "list", "--organization", "Tables", "--json"]
            let made = try await Patience.ask(within: Siege.patience) {
                try await siege.stage.rows(conversions)
            } until: {
                !$0.isEmpty
            }
            #expect(!made.isEmpty)
            // Also of the same shop, by its other collector.
            let late = try await siege.buy(orders: 10, after: 100, by: second)
            let sent = try await siege.wait { $0.holds(late, at: Self.action) == late.count }
            #expect(sent, "what was committed later was held up")
            #expect(siege.record.holds(ids, at: Self.action) == 0)
            #expect(try await server.query(Self.waiting) != "0")

            try await lock.release()
            try await siege.expectOnce(early.union(ids).union(late), at: Self.action)
            for collector in collectors { await collector.crash() }
        }
    }
}

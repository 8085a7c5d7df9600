import Crypto
package import Store
import Synchronization
import Tenancy
import Time

/// How long a process that serves a destination is believed to be alive, and how often it looks.
package struct LeaseTerms: Equatable, Sendable {
    /// From a lease's last extension to the moment in which another process may take it.
    let duration: Duration
    /// How often destinations are looked for, and leases extended, when nobody rings.
    let look: Duration
    /// Whether what an earlier process left is taken at once, since it must be gone.
    let isAlone: Bool
    /// Uploads that go into one request at most: what is judged is held meanwhile, and to a server each
    /// of them is several questions.
    let judgedMax: Int

    /// One process has the database to itself: SQLite's.
    package static let alone = LeaseTerms(
        duration: .seconds(3650 * 86_400), look: .seconds(30), isAlone: true, judgedMax: 2_000)

    /// Several processes have one database: what a killed one served is taken over 12 s later.
    package static let shared = LeaseTerms(
        duration: .seconds(10), look: .seconds(2), isAlone: false, judgedMax: 500)
}

/// A destination that this process serves, as its runner and the service know it.
final class HeldLease: Sendable {
    /// Names this lease among all that there ever were: 16 bytes. One that was lost and taken again has
    /// another name, so that what was on its way under the former is dropped.
    let name: [UInt8]
    private let state: Mutex<(until: Timestamp, isOver: Bool)>

    init(until: Timestamp, random: any RandomSource) {
        name = random.bytes(16)
        state = Mutex((until, false))
    }

    /// Whether another serves the destination, or it is gone, or nobody knows.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Until when no other process takes the destination.
    var until: Timestamp { state.withLock { $0.until } }

    func extended(until: Timestamp) { state.withLock { $0.until = max($0.until, until) } }

    func end() { state.withLock { $0.isOver = true } }
}

/// What a step ends with that another process's lease has overtaken: nothing of it is kept.
struct LeaseLost: Error {}

/// Which process serves a destination: one at a time, since what is sent and asked there has an order.
/// Table `destination_lease`: Destinations.
///
/// Every durable step of whoever serves a destination checks the lease in its own transaction, and
/// extends it: an answer that comes after another took over is dropped, and the other doubts what it
/// found on its way.
struct UploadLeases {
    private let tenant: TenantTransaction
    private let terms: LeaseTerms
    private let now: Timestamp

    init(_ tenant: TenantTransaction, _ terms: LeaseTerms, at now: Timestamp) {
        (self.tenant, self.terms, self.now) = (tenant, terms, now)
    }

    /// Until when a lease holds that is taken or extended now.
    var end: Timestamp { now + terms.duration }

    /// Takes a destination that nobody serves, or whose server was not heard of in time.
    func take(_ destination: Int64, by lease: HeldLease) throws(StoreFault) -> Bool {
        try tenant.run(
            Self.take, .integer(destination), .bytes(lease.name), .timestamp(now),
            .timestamp(end)) == 1
    }

    /// Extends a lease; false where another has it. Held until the transaction ends: nobody takes over
    /// between this and what the step writes.
    func extend(_ destination: Int64, by lease: HeldLease) throws(StoreFault) -> Bool {
        try tenant.run(
            Self.extend, .integer(destination), .bytes(lease.name), .timestamp(end)) == 1
    }

    /// Lets others have at once what is no longer served.
    func giveUp(_ destination: Int64, _ lease: HeldLease) throws(StoreFault) {
        try tenant.run(Self.giveUp, .integer(destination), .bytes(lease.name))
    }

    /// Frees everything: only where no other process works on the database.
    static func clear(in transaction: Transaction) throws(StoreFault) {
        try transaction.run(clear)
    }

    private static let take = TenantSQL(
        """
        INSERT INTO destination_lease (organization, destination, holder, taken_at_us, until_us)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (organization, destination) DO UPDATE SET holder = excluded.holder,
            taken_at_us = excluded.taken_at_us, until_us = excluded.until_us
        WHERE destination_lease.until_us <= $4
        """)
    private static let extend = TenantSQL(
        """
        UPDATE destination_lease SET until_us = $4
        WHERE organization = $1 AND destination = $2 AND holder = $3
        """)
    private static let giveUp = TenantSQL(
        """
        DELETE FROM destination_lease
        WHERE organization = $1 AND destination = $2 AND holder = $3
        """)
    private static let clear = SQL("DELETE FROM destination_lease")
}

extension UploadService {
    /// Frees every destination from whoever served it: only where no process works on the database. One
    /// that has moved here is still held by the process that had the old one, perhaps for years.
    package static func freeAll(in transaction: Transaction) throws(StoreFault) {
        try UploadLeases.clear(in: transaction)
    }
}

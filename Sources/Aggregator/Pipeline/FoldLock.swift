import Store
import Tenancy

/// A site whose facts and orders are worked on.
struct FoldedSite: Hashable, Sendable {
    /// The short number of the organization.
    let organization: Int64
    /// The site's short number.
    let number: Int64
}

extension TenantTransaction {
    /// Holds a site's facts, orders and conversions against every other transaction that leaves facts,
    /// judges or settles there; false where one of them has the site now. SQLite has one writer.
    ///
    /// It is what folding in several processes at once comes down to. Two transactions could each leave
    /// a fact that leads to an order only through the other's, and neither would note that order; two
    /// could judge one order, each from facts that the other's version lacks. No row stands for what
    /// such facts share, and a snapshot each shows neither the other's: so there is one at a time for
    /// each site, which reads after it has the lock, statement by statement, what was committed before.
    func tryToFold(_ site: Int64) throws(StoreFault) -> Bool { try tryLock(Self.fold, site) }

    /// The same, but waits: behind it nobody who tries comes first.
    func waitToFold(_ site: Int64) throws(StoreFault) { try lock(Self.fold, site) }

    private static var fold: StaticString { "fold" }
}

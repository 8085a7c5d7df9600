package import Store

/// The aggregator's one line of migrations: a database's version is the number of the last.
///
/// A migration is frozen once released; its digest is kept in `SchemaTests`. A new one gets the next
/// number, a file of its own, and a place at the end of `migrations`.
package enum Schema {
    /// All migrations, in order.
    package static let migrations: [Migration] = [
        Self.m0001Tenants,
        Self.m0002Ledger,
        Self.m0003Events,
        Self.m0004DeadLetters,
        Self.m0005Work,
        Self.m0006Accounts,
        Self.m0007Sites,
        Self.m0008SitePolicy,
        Self.m0009Destinations,
        Self.m0010Credits,
        Self.m0011Facts,
        Self.m0012Conversions,
        Self.m0013Pipeline,
        Self.m0014Links,
        Self.m0015KnownLinks,
        Self.m0016KeyOverlap,
        Self.m0017OrganizationKeys,
        Self.m0018Partitions,
        Self.m0019Retention,
        Self.m0020UploadLeases,
        Self.m0021AggregatorKeys,
        Self.m0022TransferState,
        Self.m0023QueueStorage,
    ]

    /// Brings a database from any of our versions to this one, and back.
    package static let migrator = Migrator(migrations)
}

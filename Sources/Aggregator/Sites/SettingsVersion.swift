import Store
import Tenancy
import Time

/// The version of what a collector may know. It never falls behind the clock's milliseconds, so that
/// it also grows when the database is restored from a backup and then changed.
struct SettingsVersion {
    private let tenant: TenantTransaction
    private let now: Timestamp

    init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// What a new collector starts with.
    var first: Int64 { max(now.milliseconds, 1) }

    /// Tells every collector of a site that something changed.
    func advance(ofSite site: Int64) throws(StoreFault) {
        try tenant.run(Self.ofSite, .integer(first), .timestamp(now), .integer(site))
    }

    /// Tells every collector of the organization.
    func advanceAll() throws(StoreFault) {
        try tenant.run(Self.ofAll, .integer(first), .timestamp(now))
    }

    /// Tells one collector.
    func advance(ofCollector collector: Int64) throws(StoreFault) {
        try tenant.run(Self.ofCollector, .integer(first), .timestamp(now), .integer(collector))
    }

    private static let ofSite = TenantSQL(
        """
        UPDATE collector_profile
        SET settings = CASE WHEN settings >= $2 THEN settings + 1 ELSE $2 END, settings_at_us = $3
        WHERE organization = $1 AND collector IN (
            SELECT collector FROM collector_site WHERE organization = $1 AND site = $4)
        """)
    private static let ofAll = TenantSQL(
        """
        UPDATE collector_profile
        SET settings = CASE WHEN settings >= $2 THEN settings + 1 ELSE $2 END, settings_at_us = $3
        WHERE organization = $1
        """)
    private static let ofCollector = TenantSQL(
        """
        UPDATE collector_profile
        SET settings = CASE WHEN settings >= $2 THEN settings + 1 ELSE $2 END, settings_at_us = $3
        WHERE organization = $1 AND collector = $4
        """)
}

import Conversions
import Daemon
import Ingest
import Sites
import Store
import Tenancy
import Time

/// Settles conversions whose time has come, and has them judged once more: what led to them is here,
/// and their uploads may follow.
struct SettlingStep: Step {
    static let name = "settling"

    private let parts: Pipeline.Parts
    /// Conversions of one site settled at once.
    private static let conversionsMax = 500

    init(_ parts: Pipeline.Parts) { self.parts = parts }

    func turn() async throws -> Bool {
        let sites = try await parts.store.read { try UnsettledSite.all(in: $0) }
        var isBusy = false
        for site in sites where !Task.isCancelled {
            if try await settle(site) { isBusy = true }
        }
        return isBusy
    }

    /// Looks before it writes: most of the time nothing can be settled, and a write costs an fsync.
    private func settle(_ site: UnsettledSite) async throws -> Bool {
        let now = parts.clock.now()
        let seen = try await parts.store.read { tx in
            try Self.settling(of: site, tx, at: now)
        }
        guard let seen else { return false }
        let kind = parts.store.kind
        return try await parts.store.write { tx in
            let tenant = TenantTransaction(tx, organization: site.organization)
            guard try tenant.tryToFold(site.site) else { return false }
            try tenant.shareSettings()
            // Another process may have left or judged something since.
            let settling = kind == .sqlite ? seen : try Self.settling(of: site, tx, at: now)
            guard let settling else { return false }
            let settled = try ConversionTable(tenant, at: now)
                .settle(settling, site: site.site, limit: Self.conversionsMax)
            let anchors = settled.compactMap { $0.identity.anchor(site: site.site) }
            try StaleOrders(tenant).add(anchors, because: .settled, at: now)
            return !settled.isEmpty
        }
    }

    /// Nil where the site has none that could be settled now.
    ///
    /// What collectors hold back is read before what is here unread. Each statement of a writing
    /// transaction may see a later moment than the one before: a batch that is stored in between is
    /// then missed by the first, which makes settling wait, and never by the second alone.
    private static func settling(
        of site: UnsettledSite, _ tx: Transaction, at now: Timestamp
    ) throws -> Settling? {
        let tenant = TenantTransaction(tx, organization: site.organization)
        let table = ConversionTable(tenant, at: now)
        let grace = try SitePolicyTable(tenant).judged(site.site)?.policy.grace ?? .zero
        let pending = try table.pending(at: site.site)
        let unread = try Work(tx).oldestReceived(
            TimelineStep.name, organization: site.organization)
        let settling = Settling(pending, unread: unread, grace: grace)
        let hasSome = try table.hasSettleable(settling, site: site.site)
        return hasSome ? settling : nil
    }
}

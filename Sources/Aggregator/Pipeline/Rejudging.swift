package import Store
package import Tenancy
package import Time

/// Has orders judged anew that no new event asks for.
package struct Rejudging {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction; after its commit the pipeline's bell is rung.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Every order of a site: in the transaction that changed how the site is judged.
    /// - Parameter site: its short number.
    package func all(ofSite site: Int64) throws(StoreFault) {
        try StaleOrders(tenant).addAll(ofSite: site, at: now)
    }
}

import ConveyProtocol
package import Store
package import Tenancy

/// Tells which campaign links of a site have a window of their own. Removed links are among them:
/// clicks on them are still judged by it.
package struct SiteLinkWindows {
    private let tenant: TenantTransaction

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// Days, 1...90, by the link's id as events name it.
    /// - Parameter site: its short number.
    package func days(ofSite site: Int64) throws(StoreFault) -> [String: Int] {
        var days: [String: Int] = [:]
        try tenant.each(Self.select, .integer(site)) { row in
            if let id = LinkID(bytes: row.bytes(0)) {
                days[id.description] = Int(row.integer(1))
            }
            return true
        }
        return days
    }

    private static let select = TenantSQL(
        """
        SELECT id, window_days FROM site_link
        WHERE organization = $1 AND site = $2 AND window_days IS NOT NULL
        """)
}

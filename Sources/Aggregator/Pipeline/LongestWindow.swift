import Attribution
import Definitions
import Destinations
import Sites
package import Tenancy
import Time

/// How long an organization's clicks may earn credit: what keeps them from expiring.
package struct LongestWindow {
    private let tenant: TenantTransaction

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// The longest of all windows that are set anywhere, and of the standard one, in days.
    package func days() throws -> Int {
        var days = Window.standard.days
        for site in try SiteTable(tenant, at: .earliest).all() {
            let policy = try SitePolicyTable(tenant).judged(site.number)?.policy
            let links = try SiteLinkWindows(tenant).days(ofSite: site.number).values
            let assignments = Assignments.of(site: site.number).compactMap(\.windowDays)
            days = ([days, policy?.windowDays ?? 0] + links + assignments).max() ?? days
        }
        let destinations = try DestinationTable(tenant, at: .earliest).all()
        return ([days] + destinations.compactMap(\.settings.windowDays)).max() ?? days
    }
}

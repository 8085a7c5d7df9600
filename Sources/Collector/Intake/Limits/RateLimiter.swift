import ConveyProtocol
import HTTP
import Synchronization
import Time

/// Whose requests are counted together.
struct RateClient: Hashable {
    /// What a request is held against; each kind is counted apart.
    enum Kind: Hashable {
        /// A page's visitor, by address.
        case visitor
        /// A visitor under the cart-tracking contract.
        case cart
        /// Whoever has one of the site's server keys.
        case serverKey(String)
        /// Whoever signs the site's webhooks, and other signed requests.
        case signed
        /// Somebody whose key is not known here.
        case stranger
    }

    let kind: Kind
    /// Nil for strangers.
    let site: SiteID?
    /// Nil where the whole site is one client, or came by a Unix socket.
    let address: IPAddress?

    /// - Parameter address: IPv4 counts alone, IPv6 with its whole /64, which one customer has.
    init(_ kind: Kind, of site: SiteID?, from address: IPAddress?) {
        (self.kind, self.site) = (kind, site)
        self.address = address.map { $0.isV4 ? $0 : $0.prefix(64) }
    }

    /// Seeded anew in each process.
    fileprivate func digest(_ quota: RateQuota) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(self)
        hasher.combine(quota.window)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// Lets requests through at the pace of their quotas. Safe from any thread; a call takes less than a
/// microsecond.
final class RateLimiter: Sendable {
    private let table = Mutex(RateTable())
    private let uptime: any Uptime

    init(uptime: any Uptime) { self.uptime = uptime }

    /// Counts one request, unless one of the quotas is used up: then it counts nowhere, so that who is
    /// refused and tries on does not prolong it.
    func charge(_ client: RateClient, against quotas: [RateQuota]) throws(IntakeRefusal) {
        let now = uptime.now().wholeMilliseconds
        let refusal = table.withLock { table -> RateRefusal? in
            for quota in quotas {
                let wait = table.waitSeconds(client.digest(quota), quota, atMilliseconds: now)
                if let wait {
                    return RateRefusal(quotas: quotas, exceeded: quota, waitSeconds: wait)
                }
            }
            for quota in quotas {
                table.count(client.digest(quota), quota, atMilliseconds: now)
            }
            return nil
        }
        if let refusal { throw .rateLimited(refusal) }
    }
}

/// The quotas of one site, made once for each version of its settings.
struct SiteQuotas: Sendable {
    let visitor: [RateQuota]
    let cart: [RateQuota]
    let trusted: [RateQuota]

    /// For keys that belong to no site.
    static let stranger = [RateQuota("stranger-minute", 600, per: .minute)]

    init(_ site: SiteSettings.Site) {
        let limits = site.limits
        visitor = [RateQuota("address-minute", limits.requestsPerMinute, per: .minute)]
        cart = [
            RateQuota("cart-minute", limits.cartRequestsPerMinute, per: .minute),
            RateQuota("cart-hour", limits.cartRequestsPerHour, per: .hour),
        ]
        trusted = [RateQuota("trusted-minute", limits.trustedRequestsPerMinute, per: .minute)]
    }
}

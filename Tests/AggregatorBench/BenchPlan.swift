package import ConveyProtocol
import Crypto
import Store
import Time

/// Who is on a bench: two organizations, their sites and collectors, as Accounts and Sites keep them.
/// Everything is the same in every bench, ids and keys too.
package enum BenchPlan {
    /// A site of the bench.
    struct Shop {
        let number: Int64
        let organization: Int64
        let name: String
        let platform: SiteSettings.Platform
    }

    static let shops = [
        Shop(number: 1, organization: 1, name: "one.myshopify.com", platform: .shopify),
        Shop(number: 2, organization: 1, name: "two.example", platform: .woocommerce),
        Shop(number: 3, organization: 2, name: "three.myshopify.com", platform: .shopify),
        Shop(number: 4, organization: 2, name: "four.example", platform: .custom),
        Shop(number: 5, organization: 1, name: "five.example", platform: .custom),
    ]

    /// Each collector and its organization; it serves all of that organization's sites.
    static let collectors: [(number: Int64, organization: Int64)] = [
        (1, 1), (2, 1), (3, 2), (4, 2), (5, 1), (6, 2),
    ]

    /// The short numbers of an organization's collectors: three each.
    package static func collectors(of organization: Int64) -> [Int64] {
        collectors.filter { $0.organization == organization }.map(\.number)
    }

    /// The short numbers of an organization's sites, 1 to 5: `1` is of Shopify, `2` of WooCommerce and
    /// `5` custom, `3` and `4` are the other organization's, of Shopify and custom.
    package static func sites(of organization: Int64) -> [Int64] {
        shops.filter { $0.organization == organization }.map(\.number)
    }

    /// The organization of a site.
    package static func organization(ofSite site: Int64) -> Int64 {
        shops.first { $0.number == site }?.organization ?? 0
    }

    /// A site's public id.
    package static func site(_ number: Int64) -> SiteID {
        guard let id = SiteID(bytes: Array(repeating: 0, count: 15) + [UInt8(number)]) else {
            preconditionFailure("16 bytes are an id.")
        }
        return id
    }

    // MARK: Rows

    /// Adds organizations, sites and collectors to a migrated store, where they are not there yet.
    static func furnish(_ transaction: Transaction) throws {
        for number in Int64(1)...2 {
            try transaction.run(
                insertOrganization, .integer(number), .bytes(site(100 + number).bytes))
        }
        for shop in shops { try add(shop, transaction) }
        for (number, organization) in collectors {
            let key = try key(ofCollector: number).verifyingKey.rawBytes
            let bytes = Array(repeating: UInt8(number), count: 16)
            try transaction.run(
                insertCollector, .integer(number), .integer(organization), .bytes(bytes))
            try transaction.run(
                insertKey, .integer(number), .integer(organization),
                .bytes(SHA256Digest(of: key).bytes), .bytes(key))
            for site in sites(of: organization) {
                try transaction.run(
                    insertService, .integer(organization), .integer(number), .integer(site))
            }
        }
    }

    private static func add(_ shop: Shop, _ transaction: Transaction) throws {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency.") }
        let id = site(shop.number)
        try transaction.run(
            insertSite, .integer(shop.number), .integer(shop.organization), .bytes(id.bytes))
        let settings = SiteSettings.Site(
            id: id, name: shop.name, platform: shop.platform, currency: euro, timeZone: "UTC")
        try transaction.run(
            insertProfile, .integer(shop.number), .integer(shop.organization), .text(shop.name),
            .text(shop.platform.rawValue), .text(String(decoding: settings.json(), as: UTF8.self)))
    }

    /// A collector's secret key.
    static func key(ofCollector number: Int64) throws -> SigningKey {
        try SigningKey(rawBytes: Array(repeating: UInt8(number), count: 32))
    }

    private static let insertOrganization = SQL(
        """
        INSERT INTO organization (number, id, created_at_us) VALUES ($1, $2, 0)
        ON CONFLICT DO NOTHING
        """)
    private static let insertSite = SQL(
        """
        INSERT INTO site (number, organization, id, created_at_us) VALUES ($1, $2, $3, 0)
        ON CONFLICT DO NOTHING
        """)
    private static let insertProfile = SQL(
        """
        INSERT INTO site_profile (site, organization, name, platform, settings)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """)
    private static let insertCollector = SQL(
        """
        INSERT INTO collector (number, organization, id, created_at_us) VALUES ($1, $2, $3, 0)
        ON CONFLICT DO NOTHING
        """)
    private static let insertKey = SQL(
        """
        INSERT INTO collector_key (number, organization, collector, fingerprint, public_key, box_key,
            enrolled_at_us)
        VALUES ($1, $2, $1, $3, $4, $4, 0) ON CONFLICT DO NOTHING
        """)
    private static let insertService = SQL(
        """
        INSERT INTO collector_site (organization, collector, site) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """)
}

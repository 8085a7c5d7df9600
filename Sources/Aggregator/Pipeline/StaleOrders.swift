import Conversions
import ConveyProtocol
import Store
import Tenancy
import Time
import Timeline

/// Orders that are to be judged anew: new facts may have changed them, what they hung on is gone, they
/// were settled, or their site's policy changed. Table `pipeline_stale`: Pipeline.
///
/// An order may stand here several times; judging it once more changes nothing.
struct StaleOrders {
    private let tenant: TenantTransaction

    /// Works in one organization's transaction.
    init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// Why an order is to be judged anew, in the words that its next version keeps.
    enum Cause: String, Sendable {
        case events = "new events"
        case settled
        case policy = "the site's policy changed"
        case backfill = "asked for by a back-fill"
    }

    /// An entry that was taken.
    struct Entry: Sendable {
        let number: Int64
        let organization: Int64
        let anchor: OrderAnchor
        let cause: String

        /// The site that it is of.
        var site: FoldedSite { FoldedSite(organization: organization, number: anchor.site) }
    }

    /// Notes orders, due now; in the transaction that made them stale.
    func add(
        _ anchors: some Sequence<OrderAnchor>, because cause: Cause, at now: Timestamp
    ) throws(StoreFault) {
        for anchor in anchors {
            try tenant.run(
                Self.insert, .integer(anchor.site), .text(AnchorText.text(of: anchor)),
                .text(cause.rawValue), .timestamp(now))
        }
    }

    private static let insert = TenantSQL(
        """
        INSERT INTO pipeline_stale (organization, site, anchor, cause, free_at_us)
        VALUES ($1, $2, $3, $4, $5)
        """)

    /// Notes every order of a site: its policy changed.
    func addAll(ofSite site: Int64, at now: Timestamp) throws(StoreFault) {
        try tenant.run(
            Self.insertAll, .integer(site), .text(Cause.policy.rawValue), .timestamp(now))
    }

    /// Writes anchors as `AnchorText` does: 6, 7 and 5 are the numbers of `FactKey.Kind`.
    private static let insertAll = TenantSQL(
        """
        INSERT INTO pipeline_stale (organization, site, anchor, cause, free_at_us)
        SELECT organization, site,
            CASE
                WHEN identity LIKE 'id:%' THEN '6:' || substr(identity, 4)
                WHEN identity LIKE 'name:%' THEN '7:' || substr(identity, 6)
                WHEN identity LIKE 'token:%' THEN '5:' || substr(identity, 7)
                ELSE identity END,
            $3, $4
        FROM conversions_order WHERE organization = $1 AND site = $2
        """)

    /// Sites that have some that are due, of all organizations: the pipeline serves them all. The one
    /// with the oldest comes first.
    static func dueSites(
        _ limit: Int, at now: Timestamp, in tx: Transaction
    ) throws(StoreFault) -> [FoldedSite] {
        try tx.all(Self.selectSites, .timestamp(now), .integer(Int64(limit))) { row in
            FoldedSite(organization: row.integer(0), number: row.integer(1))
        }
    }

    private static let selectSites = SQL(
        """
        SELECT organization, site FROM pipeline_stale WHERE free_at_us <= $1
        GROUP BY organization, site ORDER BY min(free_at_us), organization, site LIMIT $2
        """)

    /// The oldest of a site that are due.
    func due(
        _ limit: Int, ofSite site: Int64, at now: Timestamp
    ) throws(StoreFault) -> [Entry] {
        try tenant.all(
            Self.select, .integer(site), .timestamp(now), .integer(Int64(limit))
        ) { row in
            AnchorText.anchor(row.text(3), site: row.integer(2)).map { anchor in
                Entry(
                    number: row.integer(0), organization: row.integer(1), anchor: anchor,
                    cause: row.text(4))
            }
        }.compactMap(\.self)
    }

    private static let select = TenantSQL(
        """
        SELECT number, organization, site, anchor, cause FROM pipeline_stale
        WHERE organization = $1 AND site = $2 AND free_at_us <= $3
        ORDER BY free_at_us, number LIMIT $4
        """)

    /// Ends an entry; in the transaction that holds what judging it came to.
    func finish(_ entry: Entry) throws(StoreFault) {
        try tenant.run(Self.delete, .integer(entry.number))
    }

    private static let delete = TenantSQL(
        "DELETE FROM pipeline_stale WHERE organization = $1 AND number = $2")

    /// Puts off an entry that cannot be judged now.
    func postpone(_ entry: Entry, until time: Timestamp) throws(StoreFault) {
        try tenant.run(Self.postpone, .integer(entry.number), .timestamp(time))
    }

    private static let postpone = TenantSQL(
        "UPDATE pipeline_stale SET free_at_us = $3 WHERE organization = $1 AND number = $2")
}

/// Anchors as the table holds them: a line a key, `6:6123456789012`, or `event:webhook:0193…` for a
/// purchase that names no order. No value holds a line break: events are rid of control characters.
enum AnchorText {
    private static let eventPrefix = "event:"

    static func text(of anchor: OrderAnchor) -> String {
        if let event = anchor.event {
            return "\(eventPrefix)\(event.credential.rawValue):\(event.id)"
        }
        return anchor.keys.map { "\($0.kind.rawValue):\($0.value)" }.joined(separator: "\n")
    }

    /// Nil for what no program of ours wrote.
    static func anchor(_ text: String, site: Int64) -> OrderAnchor? {
        guard text.hasPrefix(eventPrefix) else {
            return OrderAnchor(
                site: site, keys: text.split(separator: "\n").compactMap { key($0) })
        }
        return event(text.dropFirst(eventPrefix.count), site: site)
    }

    /// A purchase that names no order, by class and id of its event: `server_key:…`.
    static func event(_ text: Substring, site: Int64) -> OrderAnchor? {
        let (name, id) = halves(text)
        guard let credential = CredentialClass(rawValue: String(name)),
            let id = EventID(String(id))
        else { return nil }
        return OrderAnchor(event: Fact.Name(site: site, credential: credential, id: id))
    }

    private static func key(_ line: Substring) -> FactKey? {
        let (number, value) = halves(line)
        return Int(number).flatMap(FactKey.Kind.init).map { FactKey($0, String(value)) }
    }

    private static func halves(_ text: Substring) -> (Substring, Substring) {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        return (text[..<colon], text[colon...].dropFirst())
    }
}

extension OrderIdentity {
    /// Where the folding of the order of this name starts; nil for what no program of ours wrote.
    func anchor(site: Int64) -> OrderAnchor? {
        switch kind {
        case .id: OrderAnchor(site: site, keys: [FactKey(.orderID, value)])
        case .name: OrderAnchor(site: site, keys: [FactKey(.orderName, value)])
        case .token: OrderAnchor(site: site, keys: [FactKey(.checkoutToken, value)])
        case .event: AnchorText.event(value[...], site: site)
        }
    }
}

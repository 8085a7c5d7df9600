package import Store
package import Tenancy
package import Time

/// A merged order as it was kept, also of orders that make no conversion: pending ones, tests.
package struct KeptOrder: Sendable, Equatable {
    /// The site's short number.
    package let site: Int64
    /// What the order is known by.
    package let identity: OrderIdentity
    /// `OrderState.name`.
    package let state: String
    /// `MergedOrder.json`.
    package let body: String
    /// When it last changed.
    package let changedAt: Timestamp
}

/// Keeps the orders as they were folded last, for people who ask. Table `merged_order`: Conversions.
package struct MergedOrderTable {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Keeps the orders of a scope, and forgets what they were known by before.
    package func keep(_ orders: [MergedOrder], of scope: OrderScope) throws(StoreFault) {
        let present = Set(orders.map(\.identity))
        for identity in scope.identities.subtracting(present).sorted() {
            try tenant.run(
                Self.delete, .integer(scope.site), .text(identity.description),
                .flag(scope.vouched.contains(identity)))
        }
        for order in orders {
            try tenant.run(
                Self.upsert, .integer(scope.site), .text(order.identity.description),
                .optional(order.orderID), .optional(order.orderName), .text(order.state.name),
                .text(order.json), .timestamp(now), .flag(order.isClaim),
                .flag(scope.vouched.contains(order.identity)))
        }
    }

    /// An order by what it is known by.
    package func order(
        _ identity: OrderIdentity, site: Int64
    ) throws(StoreFault) -> KeptOrder? {
        try tenant.first(
            Self.byIdentity, .integer(site), .text(identity.description), make: Self.order) ?? nil
    }

    /// The orders that a person means by an id or a name, with or without `#`, at any site, by
    /// site; at most 100 by either.
    package func orders(named text: String) throws(StoreFault) -> [KeptOrder] {
        let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
        var found = try tenant.all(Self.byID, .text(name), make: Self.order)
        found += try tenant.all(Self.byName, .text(name), make: Self.order)
        var seen: Set<String> = []
        return found.compactMap(\.self)
            .filter { seen.insert("\($0.site) \($0.identity)").inserted }
            .sorted { ($0.site, $0.identity) < ($1.site, $1.identity) }
    }

    private static func order(_ row: Row) -> KeptOrder? {
        guard let identity = OrderIdentity(row.text(1)) else { return nil }
        return KeptOrder(
            site: row.integer(0), identity: identity, state: row.text(2), body: row.text(3),
            changedAt: row.timestamp(4))
    }

    private static let delete = TenantSQL(
        """
        DELETE FROM merged_order WHERE organization = $1 AND site = $2 AND identity = $3
            AND (is_claim = 1 OR $4 = 1)
        """)
    private static let upsert = TenantSQL(
        """
        INSERT INTO merged_order (organization, site, identity, order_id, order_name, state, body,
            changed_at_us, is_claim)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (organization, site, identity) DO UPDATE SET order_id = excluded.order_id,
            order_name = excluded.order_name, state = excluded.state, body = excluded.body,
            changed_at_us = excluded.changed_at_us, is_claim = excluded.is_claim
        WHERE merged_order.body <> excluded.body AND (merged_order.is_claim = 1 OR $10 = 1)
        """)
    private static let byIdentity = TenantSQL(
        """
        SELECT site, identity, state, body, changed_at_us FROM merged_order
        WHERE organization = $1 AND site = $2 AND identity = $3
        """)
    private static let byID = TenantSQL(
        """
        SELECT site, identity, state, body, changed_at_us FROM merged_order
        WHERE organization = $1 AND order_id = $2 LIMIT 100
        """)
    private static let byName = TenantSQL(
        """
        SELECT site, identity, state, body, changed_at_us FROM merged_order
        WHERE organization = $1 AND order_name = $2 LIMIT 100
        """)
}

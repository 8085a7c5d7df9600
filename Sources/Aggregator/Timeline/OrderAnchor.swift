/// Where the folding of an order starts: a site and the order's ids, names and checkout tokens, as far
/// as they are known. What is only claimed counts here like the rest.
package struct OrderAnchor: Hashable, Sendable {
    /// The site's short number.
    package let site: Int64
    /// Of kinds `orderID`, `orderName` and `checkoutToken`; sorted, at least one.
    package let keys: [FactKey]

    /// Names an order by keys, at least one; those that do not name an order are left out.
    package init?(site: Int64, keys: some Sequence<FactKey>) {
        let keys = Set(keys.compactMap(\.orderKey)).sorted()
        guard !keys.isEmpty else { return nil }
        self.site = site
        self.keys = keys
    }
}

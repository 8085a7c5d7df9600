import JSON

/// What WooCommerce's own order attribution wrote to an order: where the visit that bought came from.
/// A script in the page says so, and anybody can.
/// - Source: OrderAttributionMeta.php of WooCommerce.
struct WooCommerceAttribution {
    private let values: [String: String]

    private static let prefix = "_wc_order_attribution_"
    private static let campaignNames = ["source", "medium", "campaign", "term", "content", "id"]
    private static let detailNames: [StaticString] = [
        "source_type", "session_start_time", "session_pages", "session_count", "device_type",
    ]
    private static let absent: Set<String> = ["(none)", "(not set)", "(not provided)"]
    private static let detailBytesMax = 64

    /// - Parameter meta: The order's `meta_data`.
    init(_ meta: [(key: String, value: String)]) {
        var values: [String: String] = [:]
        for (key, value) in meta where key.hasPrefix(Self.prefix) && !Self.absent.contains(value) {
            values[String(key.dropFirst(Self.prefix.count))] = value
        }
        self.values = values
    }

    /// The first page of the session, with its query: the one place where a click id can be.
    var landing: String? { values["session_entry"] }
    var referrer: String? { values["referrer"] }
    var userAgent: String? { values["user_agent"] }

    /// Campaign parameters, by the canonical event's names. Those that the script makes up for visits
    /// from search, from other sites or from nowhere are none.
    var campaign: [(name: String, value: String)] {
        guard values["source_type"] == "utm" else { return [] }
        return Self.campaignNames.compactMap { name in
            values["utm_\(name)"].map { (name, $0) }
        }
    }

    /// Writes what says more of the visit, as an object.
    func write(to writer: inout JSONWriter) {
        let details = Self.detailNames.compactMap { name in
            values[name.description].map { (name, $0) }
        }.filter { $0.1.utf8.count <= Self.detailBytesMax }
        guard !details.isEmpty else { return }
        writer.key("attribution")
        writer.object { writer in
            for (name, value) in details { writer.member(name, value) }
        }
    }
}

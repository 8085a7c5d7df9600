import ConveyProtocol

/// What `sites set` changes of a site; what is not named stays.
struct SiteChange: Sendable {
    private let origins: [String]?
    private let isEnabled: Bool?
    private let timeZone: String?
    private let privacy: SiteSettings.Privacy?
    private let address: SiteSettings.AddressRule?

    /// Reads the order's options.
    init(_ order: Order) throws(OrderRefusal) {
        origins = order.values["origins"].map { text in
            text.split(separator: ",").map { String($0) }
        }
        timeZone = order.values["time-zone"]
        isEnabled = try Self.choice("enabled", order, ["yes": true, "no": false])
        privacy = try Self.choice(
            "privacy", order,
            Dictionary(
                uniqueKeysWithValues: SiteSettings.Privacy.allCases.map { ($0.rawValue, $0) }))
        address = try Self.choice(
            "address", order,
            Dictionary(
                uniqueKeysWithValues: SiteSettings.AddressRule.allCases.map { ($0.rawValue, $0) }))
    }

    /// Puts the changes into a site's settings.
    func apply(to site: inout SiteSettings.Site) {
        if let origins { site.origins = origins }
        if let isEnabled { site.isEnabled = isEnabled }
        if let timeZone { site.timeZone = timeZone }
        if let privacy { site.privacy = privacy }
        if let address { site.address = address }
    }

    private static func choice<Value>(
        _ option: String, _ order: Order, _ choices: [String: Value]
    ) throws(OrderRefusal) -> Value? {
        guard let text = order.values[option] else { return nil }
        guard let value = choices[text] else {
            throw .wrongValue(
                option: "--\(option)", takes: choices.keys.sorted().joined(separator: ", "))
        }
        return value
    }
}

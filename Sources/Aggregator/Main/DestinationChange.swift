import Destinations
import Sites
import Tenancy
import Time

/// What `destinations add` and `destinations set` say of a destination; what is not named stays.
struct DestinationChange: Sendable {
    private let order: Order

    init(_ order: Order) { self.order = order }

    /// Puts the options into the settings; their ranges are the settings' own care.
    func apply(
        to settings: inout Destination.Settings, _ tenant: TenantTransaction, at now: Timestamp
    ) throws {
        if let names = order.values["sites"] {
            let sites = SiteTable(tenant, at: now)
            settings.sites =
                names == "all"
                ? nil : try names.split(separator: ",").map { try sites.named(String($0)).number }
        }
        settings.send = try choice("send") ?? settings.send
        settings.value = try choice("value") ?? settings.value
        settings.rolloutPercent = try number("rollout") ?? settings.rolloutPercent
        settings.windowDays = try number("window-days") ?? settings.windowDays
        settings.baseURL = order.values["url"] ?? settings.baseURL
        settings.tokenURL = order.values["token-url"] ?? settings.tokenURL
        settings.quotaProject = order.values["quota-project"] ?? settings.quotaProject
        switch order.values["plain-order-id"] {
        case nil: break
        case "yes": settings.usesPlainOrderID = true
        case "no": settings.usesPlainOrderID = false
        default: throw OrderRefusal.wrongValue(option: "--plain-order-id", takes: "yes or no")
        }
    }

    /// The mode that `destinations mode` names.
    static func mode(_ order: Order) throws(OrderRefusal) -> Destination.Mode {
        guard let mode = Destination.Mode(rawValue: order.operands[1]) else {
            throw .wrongValue(
                option: "MODE",
                takes: Destination.Mode.allCases.map(\.rawValue)
                    .joined(separator: ", "))
        }
        return mode
    }

    private func number(_ option: String) throws(OrderRefusal) -> Int? {
        guard let text = order.values[option] else { return nil }
        guard let number = Int(text) else {
            throw .wrongValue(option: "--\(option)", takes: "a whole number")
        }
        return number
    }

    private func choice<Value: RawRepresentable & CaseIterable>(
        _ option: String
    ) throws(OrderRefusal) -> Value? where Value.RawValue == String {
        guard let text = order.values[option] else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .wrongValue(
                option: "--\(option)",
                takes: Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }
}

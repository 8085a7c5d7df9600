/// What the edge finds out of a visitor's address and browser before the address is cut. Nothing in
/// it names a person; every part is absent where nothing is known.
package struct ClientFacts: Equatable, Sendable {
    /// ISO 3166-1, two capital letters.
    package var country: String?
    /// Its English name, at most 128 bytes.
    package var city: String?
    /// The kind of device.
    package var device: DeviceKind?
    /// The browser's family without version, at most 64 bytes.
    package var browser: String?
    /// The operating system's family, at most 64 bytes.
    package var system: String?
    /// The program says of itself that it is a crawler, a preview or a monitor.
    package var isBot = false

    /// Nothing is known.
    package init() {}

    /// What stands in for nothing where a sender states a text.
    subscript(member: EventSchema.DerivedMember) -> String? {
        switch member {
        case .country: country
        case .city: city
        case .device: device?.rawValue
        case .browser: browser
        case .system: system
        }
    }
}

/// The kind of device that a visitor holds.
package enum DeviceKind: String, CaseIterable, Sendable {
    case desktop, mobile, tablet, tv, console, wearable, bot, other
}

/// Finds out what an address and a `User-Agent` tell; asked for senders that state them for their
/// shopper, once an event, from any thread.
package protocol ClientObserver: Sendable {
    /// - Parameters:
    ///   - address: not cut yet.
    ///   - userAgent: as it was stated.
    func facts(address: String?, userAgent: String?) -> ClientFacts
}

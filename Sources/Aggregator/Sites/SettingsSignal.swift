package import Store

extension StoreSignal {
    /// Announced by every commit that changes what processes remember or go by: organizations, sites,
    /// collectors and their keys, links, policies, destinations, the aggregator's signing key. Who hears
    /// it forgets what it remembered; who hears it late looks by itself every second.
    package static let settings = StoreSignal("settings")
}

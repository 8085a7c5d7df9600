package import ConveyProtocol
package import Geography

/// Tells where visitors are and with what they came, before their address is cut. Asked for every
/// event, from any thread: about a microsecond for what was seen before.
package final class Visitors: ClientObserver {
    private let geography: Geography?
    private let cache = AgentCache()

    /// - Parameter geography: nil where the operator has no file: country and city stay unknown.
    package init(_ geography: Geography? = nil) {
        self.geography = geography
    }

    /// What a request tells of the visitor who sent it.
    /// - Parameter address: of the visitor, not cut; nil where the place is of no interest.
    package func facts(of evidence: AgentEvidence, at address: String?) -> ClientFacts {
        var facts = cache.facts(of: evidence)
        guard let address, let place = geography?.place(of: address) else { return facts }
        (facts.country, facts.city) = (place.country, place.city)
        return facts
    }

    /// What a sender's words tell of its shopper.
    package func facts(address: String?, userAgent: String?) -> ClientFacts {
        facts(of: AgentEvidence(userAgent: userAgent), at: address)
    }
}

/// How many may share a key before it says nothing of who somebody is: a kiosk's browser, an agency's
/// test address. Data, and a pure function of the facts that hold the key.
package struct LinkLimits: Sendable, Equatable {
    /// Why a key is not followed.
    package enum Reason: Hashable, Sendable {
        /// Too many different values of this kind stand beside it.
        case shared(FactKey.Kind)
        /// Too many facts hold it.
        case facts
    }

    /// Most values of one kind beside a key of another.
    package struct Limit: Sendable, Equatable {
        /// What is limited.
        package let kind: FactKey.Kind
        /// What is counted beside it.
        package let counted: FactKey.Kind
        /// The most that qualifies.
        package let max: Int

        /// At most `max` different values of `counted` in all facts that hold one key of `kind`.
        package init(_ kind: FactKey.Kind, counted: FactKey.Kind, max: Int) {
            self.kind = kind
            self.counted = counted
            self.max = max
        }
    }

    /// Most facts that may hold one key.
    package var factsMax = 2_000
    /// Most facts of one person. What would be more is cut to the facts that share a key with the
    /// order itself.
    package var personFactsMax = 2_000
    /// Most facts around one order before claims lead no further.
    package var orderFactsMax = 2_000
    /// Several may be of one kind; a kind without any has `factsMax` alone.
    package var shared: [Limit]

    /// The limits that hold everywhere.
    package static let standard = LinkLimits(shared: [
        Limit(.visitor, counted: .customer, max: 20),
        Limit(.visitor, counted: .email, max: 20),
        Limit(.visitor, counted: .phone, max: 20),
        Limit(.session, counted: .visitor, max: 3),
        Limit(.trackingID, counted: .visitor, max: 5),
        Limit(.cartToken, counted: .visitor, max: 5),
        Limit(.checkoutToken, counted: .visitor, max: 5),
        Limit(.orderID, counted: .email, max: 5),
        Limit(.orderName, counted: .email, max: 5),
        Limit(.customer, counted: .visitor, max: 50),
        Limit(.email, counted: .visitor, max: 50),
        Limit(.phone, counted: .visitor, max: 50),
    ])

    /// Most keys of one kind that one fact has: an order's customer and the person's.
    private static let valuesMax = 2

    /// The limit that a key breaks; nil where it qualifies. Pure.
    /// - Parameter facts: the keys of each fact that holds the key, at least of `factsMax` + 1.
    func verdict(
        on key: FactKey, among facts: some Collection<[FactKey]>
    ) -> Person.Disqualified? {
        if facts.count > factsMax {
            return Person.Disqualified(key, .facts, count: factsMax + 1)
        }
        for limit in shared
        where limit.kind == key.kind && facts.count * Self.valuesMax > limit.max {
            var values: Set<FactKey> = []
            for keys in facts {
                for other in keys where other.kind == limit.counted { values.insert(other) }
            }
            if values.count > limit.max {
                return Person.Disqualified(key, .shared(limit.counted), count: values.count)
            }
        }
        return nil
    }
}

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
    struct Limit: Sendable, Equatable {
        let kind: FactKey.Kind
        let counted: FactKey.Kind
        let max: Int
    }

    /// Most facts that may hold one key.
    package var factsMax = 2_000
    /// Most facts of one person. What would be more is cut to the facts that share a key with the
    /// order itself.
    package var personFactsMax = 2_000
    var limits: [Limit]

    /// The limits that hold everywhere.
    package static let standard = LinkLimits(limits: [
        Limit(kind: .visitor, counted: .customer, max: 20),
        Limit(kind: .visitor, counted: .email, max: 20),
        Limit(kind: .visitor, counted: .phone, max: 20),
        Limit(kind: .session, counted: .visitor, max: 3),
        Limit(kind: .trackingID, counted: .visitor, max: 5),
        Limit(kind: .cartToken, counted: .visitor, max: 5),
        Limit(kind: .checkoutToken, counted: .visitor, max: 5),
        Limit(kind: .orderID, counted: .email, max: 5),
        Limit(kind: .orderName, counted: .email, max: 5),
        Limit(kind: .customer, counted: .visitor, max: 50),
        Limit(kind: .email, counted: .visitor, max: 50),
        Limit(kind: .phone, counted: .visitor, max: 50),
    ])
}

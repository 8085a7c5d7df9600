package import ConveyProtocol
package import Time
package import Timeline

/// What all parts of one order say together: the event that definitions, attribution and uploads see.
package struct MergedOrder: Sendable, Equatable {
    /// The site's short number.
    package let site: Int64
    /// What the order is known by.
    package let identity: OrderIdentity
    /// Every identity under which it may once have been known; holds `identity`.
    package let identities: Set<OrderIdentity>
    /// Its names by the shop, as far as somebody with a better word than others says.
    package let orderID, orderName: String?
    /// Its parts, by time and name.
    package let parts: [Part]
    /// When it was bought: by the platform's `created_at`, else its `processed_at`, else the earliest
    /// word of a server, else of a browser; of what only went back, the earliest refund.
    package let purchasedAt: Timestamp
    /// What it is to those who count.
    package let state: OrderState
    /// The state that the weightiest voice says it is in; nil where none says.
    package let status: String?
    /// Its money.
    package let money: OrderMoney
    /// At most 500, of the weightiest voice that names any.
    package let items: [Fact.Item]
    /// The strictest of all parts for each purpose; a part that says nothing counts for nothing.
    package let consent: Consent
    /// Who came with it.
    package let visit: OrderVisit
    /// Hashes of its person, each from the weightiest part that has it.
    package let user: Fact.UserHashes
    /// Which part won a field, by the field's name.
    package let origins: [String: Fact.Name]

    /// One event's share in the order.
    package struct Part: Sendable, Equatable {
        /// The event.
        package let name: Fact.Name
        /// As `purchase`.
        package let type: String
        /// What it is to the order.
        package let role: PartRole
        /// Who speaks.
        package let voice: Voice
        /// When it happened, and when the edge took it.
        package let occurredAt, receivedAt: Timestamp
        /// Whether its clicks, visitor and consent belong to the order. False for a browser that only
        /// named the order's number.
        package let isJoined: Bool
    }

    /// Whether nobody with a secret says anything of it.
    package var isClaim: Bool { parts.allSatisfy { $0.voice == .browser } }

    /// What a destination is to call the order: the best of its names, without its kind.
    package var reference: String { identity.value }
}

/// An order's money. All amounts are in one currency, that of the part that won.
package struct OrderMoney: Sendable, Equatable {
    /// Before anything went back, never negative; nil where no part states it.
    package let grossMicros: Int64?
    /// The platform's own total after edits and refunds, where its newest version states it.
    package let currentTotalMicros: Int64?
    /// What went back.
    package let refunds: RefundSet
    /// What the order is worth now: gross less refunds, at most the platform's own total, at least 0.
    package let value: Money
}

/// Who came with an order, as far as its joined parts say.
package struct OrderVisit: Sendable, Equatable {
    /// A click id, and the first part that has it.
    package struct Click: Sendable, Equatable {
        /// The click.
        package let id: ClickID
        /// The part.
        package let evidence: Fact.Name
        /// When the part happened.
        package let at: Timestamp
    }

    /// Each click once, by time of its part, then by kind and value.
    package let clicks: [Click]
    /// First-party ids, sorted.
    package let visitors, sessions: [String]
    /// Of the first joined browser, else of the platform.
    package let userAgent, language: String?
}

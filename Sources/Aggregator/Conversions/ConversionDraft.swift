package import ConveyProtocol
package import Time
package import Timeline

/// What a conversion is to be, as facts and rules have it now.
package struct ConversionDraft: Sendable, Equatable {
    /// Which rule made it.
    package struct Rule: Sendable, Hashable {
        /// The assignment's key, unique in its site.
        package let assignment: String
        /// The definition that fitted.
        package let definition: String
        /// Its version, from 1.
        package let definitionVersion: Int

        /// Names a rule.
        package init(assignment: String, definition: String, definitionVersion: Int) {
            self.assignment = assignment
            self.definition = definition
            self.definitionVersion = definitionVersion
        }
    }

    /// The site's short number.
    package let site: Int64
    /// Follows from site, assignment and the order's identity: the same on every machine.
    package let id: DerivedID
    /// Which rule made it.
    package let rule: Rule
    /// What its order is known by, and every name under which it may once have been known.
    package let identity: OrderIdentity, identities: Set<OrderIdentity>
    /// Whether nobody with a secret says anything of its order.
    package let isClaim: Bool
    /// Whether it counts.
    package let status: ConversionStatus
    /// Why not, as `refunded`.
    package let reason: String?
    /// Not negative; 0 of a withdrawn one.
    package let value: Money
    /// When the order was bought.
    package let occurredAt: Timestamp
    /// The order's.
    package let consent: Consent
    /// Whose it is; nil where nobody is known. It changes without a new version.
    package var person: DerivedID?
    /// What attribution made of it, as JSON; a different text is a new version.
    package var credits = "{}"

    /// What an order becomes by a rule; nil where orders in its state make no conversion.
    /// - Parameter value: as the definition has it; not used where the order is withdrawn.
    package init?(_ order: MergedOrder, site: SiteID, rule: Rule, value: Money) {
        guard let status = order.state.conversion else { return nil }
        self.site = order.site
        id = Self.id(site: site, assignment: rule.assignment, identity: order.identity)
        self.rule = rule
        identity = order.identity
        identities = order.identities
        isClaim = order.isClaim
        self.status = status
        reason = order.state.reason.map { String($0.prefix(200)) }
        self.value = Money(
            micros: status == .withdrawn ? 0 : max(0, value.micros), currency: value.currency)
        occurredAt = order.purchasedAt
        consent = order.consent
    }

    /// The public id of a conversion.
    package static func id(
        site: SiteID, assignment: String, identity: OrderIdentity
    ) -> DerivedID {
        DerivedID(
            "conversion", .text(site.description), .text(assignment),
            .text(identity.description))
    }
}

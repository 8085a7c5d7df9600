package import ConveyProtocol
package import Time

/// What one stored event says that matters later: for orders, persons and touches.
///
/// Facts are the truth from which all results follow. Everything of a fact follows from its event and
/// its credential, so that it does not matter when or in which batch the event came.
package struct Fact: Sendable, Equatable, Identifiable {
    /// Names an event for ever, whatever copy of it counts.
    package struct Name: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// The site's short number.
        package let site: Int64
        /// What vouched for the event.
        package let credential: CredentialClass
        /// Unique within the two.
        package let id: EventID

        /// Names an event.
        package init(site: Int64, credential: CredentialClass, id: EventID) {
            self.site = site
            self.credential = credential
            self.id = id
        }

        /// Orders by site, class and the id's text.
        package static func < (left: Self, right: Self) -> Bool {
            guard left.site == right.site else { return left.site < right.site }
            guard left.credential == right.credential else {
                return left.credential.number < right.credential.number
            }
            return left.id.description < right.id.description
        }

        /// Class and id, as `webhook:0193…`.
        package var description: String { "\(credential.rawValue):\(id)" }
    }

    /// Where the event that counts lies.
    package struct Place: Hashable, Sendable {
        /// The chunk's number.
        package let chunk: Int64
        /// Counted from 0.
        package let line: Int

        /// Names a line of a chunk.
        package init(chunk: Int64, line: Int) {
            self.chunk = chunk
            self.line = line
        }
    }

    /// What an event is worth keeping for.
    package enum Standing: Sendable {
        /// It says something of an order, a touch or a person.
        case evidence
        /// A plain event of a known visitor: the first of a session stands for the visit.
        case visit
        /// Nothing; it leaves no fact.
        case nothing
    }

    /// Unique, and the same for every copy.
    package let name: Name
    /// Where its event lies.
    package var place = Place(chunk: 0, line: 0)
    /// As `purchase`.
    package var type: String
    /// Who spoke.
    package var source: EventSource
    /// When it happened.
    package var occurredAt: Timestamp
    /// When the edge took it.
    package var receivedAt: Timestamp
    /// First-party ids of the browser.
    package var visitor, session: String?
    /// Nil where the event names none.
    package var page: Page?
    /// At most one of each kind, sorted.
    package var clicks: [ClickID] = []
    /// Nil where the event has no campaign-link ids.
    @Boxed package var campaign: CampaignClick?
    /// Nil where the event has no campaign parameters.
    @Boxed package var utm: UTM?
    /// Nil where the event says nothing, which is not the same as unknown.
    package var consent: Consent?
    /// Nil where the event is of no order.
    @Boxed package var order: OrderReference?
    /// What the event is worth; of a refund, what went back.
    package var value: Money?
    /// At most 500.
    package var items: [Item] = []
    /// Nil where the event says nothing of its person.
    @Boxed package var user: UserHashes?
    /// What the browser calls itself, and its language.
    package var userAgent, language: String?
    /// No person did it: a crawler, or a browser ahead of its user. Such an event leaves no fact, so that
    /// nothing can follow from it.
    package var isAutomatic = false
    /// Nil where the event's `data` says nothing of the kind, and always for browsers and links. A shop's
    /// own server may say it as well: go by `source`.
    @Boxed package var platform: PlatformDetails?

    /// A fact that says nothing yet beyond its head; received as it happened until told otherwise.
    package init(_ name: Name, type: String, source: EventSource, at occurredAt: Timestamp) {
        self.name = name
        self.type = type
        self.source = source
        self.occurredAt = occurredAt
        receivedAt = occurredAt
    }

    /// The name.
    package var id: Name { name }

    /// Orders by the time of the event, then by name: the order of every timeline.
    package static func isBefore(_ left: Fact, _ right: Fact) -> Bool {
        left.occurredAt == right.occurredAt
            ? left.name < right.name : left.occurredAt < right.occurredAt
    }
}

// MARK: What follows from the members

extension Fact {
    /// Everything that the fact can be found by, sorted, each once. Made anew at each call.
    ///
    /// Where only a public key vouches, an order's id and name are claims: whoever knows a number could
    /// claim the sale. Tokens are not claims, since nobody can guess one.
    package var keys: [FactKey] {
        var keys: [FactKey] = []
        func add(_ kind: FactKey.Kind, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            keys.append(FactKey(kind, value))
        }
        let isClaim = name.credential == .siteKey
        add(.visitor, visitor)
        add(.session, session)
        add(.trackingID, campaign?.trackingID)
        add(.cartToken, order?.cartToken)
        add(.checkoutToken, order?.checkoutToken)
        if !isClaim {
            add(.orderID, order?.id)
            add(.orderName, order?.name)
        }
        add(.customer, order?.customerID)
        if user?.externalID != order?.customerID { add(.customer, user?.externalID) }
        add(.email, user?.email)
        add(.phone, user?.phone)
        if isClaim {
            add(.claimedOrderID, order?.id)
            add(.claimedOrderName, order?.name)
        }
        keys += clicks.map { FactKey($0) }
        return keys.sorted()
    }

    /// Whether a fact of this event is kept, and as what.
    package var standing: Standing { standing(with: keys) }

    /// The same with keys that were made before.
    func standing(with keys: [FactKey]) -> Standing {
        if isAutomatic { return .nothing }
        if order != nil || type == "purchase" || type == "refund" || isLanding { return .evidence }
        let joining = keys.filter(\.joinsPersons).map(\.kind)
        if joining == [.visitor, .session] { return .visit }
        return joining.count >= 2 ? .evidence : .nothing
    }

    /// Whether this stands for the first plain event of a session.
    package var isVisit: Bool { standing == .visit }

    /// Whether somebody came from elsewhere: by a click id, campaign parameters, a campaign link, or
    /// a referrer of another host than the page's.
    package var isLanding: Bool {
        !clicks.isEmpty || utm != nil || campaign != nil || page?.isReferredFromElsewhere == true
    }
}

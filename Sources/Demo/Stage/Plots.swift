import Time

/// The plots, one a story.
extension Storyteller {
    mutating func tell(_ story: Story) {
        switch story {
        case .browsing: tellOfBrowsing()
        case .adClick, .gbraid, .wbraid, .wrongClock, .consentDenied, .consentUnknown:
            tellOfAd(story)
        case .foreignClick: tellOfForeignClick()
        case .newsletter: tellOfOneVisit(story, from: random.newsletterLanding())
        case .unpaid: tellOfOneVisit(story, from: random.unpaidLanding())
        case .longWay: tellOfLongWay()
        case .returning: tellOfReturning()
        case .twoDevices: tellOfTwoDevices()
        case .express: tellOfExpress()
        case .adBlocker: tellOfAdBlocker()
        case .cutLanding: tellOfCutLanding()
        case .nameOnly: tellOfNameOnly()
        case .server: tellOfServer()
        case .clickAfterwards: tellOfClickAfterwards()
        case .oldClick: tellOfOldClick()
        case .fresh: tellOfFresh()
        case .stranger: tellOfStranger()
        case .consentLate: tellOfLateConsent()
        case .partialRefund, .fullRefund, .latePartialRefund, .lateFullRefund: tellOfRefund(story)
        case .cancelled: tellOfCancelled()
        case .edited: tellOfEdited()
        case .pendingThenPaid, .neverPaid: tellOfPending(story)
        case .lateWebhook, .browserOnly: tellOfMissingWebhook(story)
        case .test: tellOfTest()
        }
    }

    // MARK: Ways to the shop

    private mutating func tellOfBrowsing() {
        let visitor = self.visitor(random.chance(0.2) ? .denied : .granted)
        var time = orderTime()
        for visit in 0..<(1 + random.below(3)) {
            if visit > 0 { time = days(1 + random.below(3), before: time) }
            let landing = random.chance(0.4) ? random.adLanding() : random.unpaidLanding()
            self.visit(visitor, from: landing, at: time, session: newSession())
        }
    }

    private mutating func tellOfAd(_ story: Story) {
        let answers: [Story: PageEvent.Consent] = [
            .consentDenied: .denied, .consentUnknown: .unknown,
        ]
        var visitor = self.visitor(answers[story] ?? .granted)
        if story == .wrongClock {
            visitor.clockError = .seconds((random.below(96) - 48) * 3600 + 1800)
        }
        let landing = random.adLanding(story)
        var order = order(at: orderTime(), landing: landing)
        // A webhook that comes first must say it as well: what was sent cannot be called back.
        if story == .consentDenied { order.attributes = Self.consentAttribute(.denied) }
        visit(
            visitor, from: landing, at: days(1 + random.below(12), before: order.createdAt),
            session: newSession())
        buying(visitor, order)
        webhooks(order)
        ends(story, order, visitor.consent, click: landing)
    }

    private mutating func tellOfOneVisit(_ story: Story, from landing: Landing) {
        let visitor = visitor()
        let order = order(at: orderTime(), landing: landing)
        buying(visitor, order, from: landing)
        webhooks(order)
        ends(story, order, visitor.consent)
    }

    private mutating func tellOfLongWay() {
        let visitor = visitor()
        let ad = random.adLanding()
        let order = order(at: orderTime(), landing: ad)
        let way = [
            ad, random.newsletterLanding(), random.socialLanding(), random.searchLanding(),
        ]
        for (step, landing) in way.enumerated() {
            visit(
                visitor, from: landing, at: days(2 * (way.count - step), before: order.createdAt),
                session: newSession())
        }
        buying(visitor, order)
        webhooks(order)
        ends(.longWay, order, visitor.consent, click: ad)
    }

    private mutating func tellOfReturning() {
        let visitor = visitor()
        let ad = random.adLanding()
        let second = order(at: orderTime(), landing: ad)
        let first = order(
            at: days(3, before: second.createdAt), landing: ad, customer: second.customer)
        visit(visitor, from: ad, at: days(2, before: first.createdAt), session: newSession())
        for order in [first, second] {
            buying(visitor, order)
            webhooks(order)
            ends(.returning, order, visitor.consent, click: ad)
        }
    }

    private mutating func tellOfTwoDevices() {
        let (phone, laptop) = (visitor(), visitor())
        let ad = random.adLanding()
        let second = order(at: orderTime())
        let first = order(
            at: days(2, before: second.createdAt), landing: ad, customer: second.customer)
        visit(phone, from: ad, at: days(1, before: first.createdAt), session: newSession())
        buying(phone, first)
        webhooks(first)
        ends(.twoDevices, first, phone.consent, click: ad)
        buying(laptop, second)
        webhooks(second)
        ends(.twoDevices, second, laptop.consent, click: ad)
    }

    private mutating func tellOfClickAfterwards() {
        let visitor = visitor()
        let order = order(at: now - .seconds(34 * 3600))
        buying(visitor, order)
        webhooks(order)
        visit(
            visitor, from: random.adLanding(), at: order.createdAt + .seconds(20 * 3600),
            session: newSession())
        ends(.clickAfterwards, order, visitor.consent)
    }

    private mutating func tellOfOldClick() {
        let visitor = visitor()
        let order = order(at: orderTime())
        visit(
            visitor, from: random.adLanding(), at: days(40, before: order.createdAt),
            session: newSession())
        buying(visitor, order)
        webhooks(order)
        ends(.oldClick, order, visitor.consent)
    }

    private mutating func tellOfForeignClick() {
        let visitor = visitor()
        let ad = random.adLanding()
        foreignClicks += [ad.click.map { String($0.dropFirst("gclid:".count)) }].compactMap(\.self)
        let order = order(at: orderTime(), landing: ad)
        buying(visitor, order, from: ad)
        webhooks(order)
        ends(.foreignClick, order, .counted(micros: order.restMicros), .nothing)
    }

    private mutating func tellOfFresh() {
        let visitor = visitor()
        let ad = random.adLanding()
        let order = order(at: now - .seconds(1800), landing: ad)
        visit(
            visitor, from: ad, at: order.createdAt - .seconds(1800),
            session: newSession())
        buying(visitor, order)
        webhooks(order)
        ends(.fresh, order, .counted(micros: order.restMicros), .nothing)
    }

    // MARK: Voices

    private mutating func tellOfExpress() {
        let visitor = visitor()
        let ad = random.adLanding()
        var order = order(at: orderTime(), landing: ad)
        order.checkoutToken = nil
        order.attributes = Self.consentAttribute(.granted)
        visit(
            visitor, from: ad, at: order.createdAt - .seconds(400), session: newSession(),
            further: [cart(order)])
        webhooks(order)
        ends(.express, order, .granted, click: ad)
    }

    private mutating func tellOfAdBlocker() {
        let ad = random.adLanding()
        let consent: PageEvent.Consent? = random.chance(0.7) ? .granted : nil
        var order = order(at: orderTime(), landing: ad)
        order.attributes = Self.consentAttribute(consent)
        webhooks(order)
        ends(.adBlocker, order, consent, click: ad)
    }

    private mutating func tellOfCutLanding() {
        var ad = random.adLanding()
        ad.query =
            "utm_source=google&utm_medium=cpc&utm_campaign=\(random.letters(160))&gclid="
            + (ad.click ?? "").dropFirst("gclid:".count)
        var order = order(at: orderTime(), landing: ad)
        order.attributes = Self.consentAttribute(.granted)
        webhooks(order)
        ends(.cutLanding, order, .granted)
    }

    private static func consentAttribute(
        _ consent: PageEvent.Consent?
    ) -> [(name: String, value: String)] {
        guard let answer = consent?.rawValue else { return [] }
        let value = "analytics=\(answer);ad_user_data=\(answer);ad_personalization=\(answer)"
        return [("_convey_consent", value)]
    }

    private mutating func tellOfNameOnly() {
        let visitor = visitor()
        let ad = random.adLanding()
        let order = order(at: orderTime(), landing: .direct)
        let session = newSession()
        visit(
            visitor, from: ad, at: order.createdAt - .seconds(500), session: session,
            further: [cart(order)])
        browser([purchase(order, isNameOnly: true)], visitor, session)
        webhooks(order)
        ends(.nameOnly, order, visitor.consent, click: ad)
    }

    private mutating func tellOfServer() {
        let order = order(at: orderTime())
        let id = "srv-\(random.hex(20))"
        add(
            Shop.Delivery(
                credential: .serverKey,
                body: """
                    {"id":"\(id)","type":"purchase","occurred_at":"\(order.createdAt)",\
                    "user":{"email":"\(order.email)"},"consent":{"analytics":"granted",\
                    "ad_user_data":"granted","ad_personalization":"denied"},\
                    "order":{"id":"\(order.id)","name":"#\(order.number)"},\
                    "value":{"amount":"\(Order.amount(order.cents))","currency":"EUR"}}
                    """, expectations: [.stored(id: id)]))
        ends(.server, order, .granted)
    }

    private mutating func tellOfStranger() {
        var order = order(at: orderTime())
        order.attributes = Self.consentAttribute(.granted)
        webhooks(order)
        let stranger = visitor()
        let session = newSession()
        visit(
            stranger, from: random.adLanding(), at: order.createdAt - .seconds(900),
            session: session)
        browser([purchase(order, isNameOnly: true)], stranger, session)
        ends(.stranger, order, .granted)
    }

    private mutating func tellOfLateConsent() {
        let visitor = visitor()
        let ad = random.adLanding()
        let order = order(at: orderTime(), landing: ad)
        var undecided = visitor
        undecided.consent = .unknown
        visit(undecided, from: ad, at: days(2, before: order.createdAt), session: newSession())
        buying(visitor, order)
        webhooks(order)
        ends(.consentLate, order, .granted, click: ad)
    }

    private mutating func tellOfMissingWebhook(_ story: Story) {
        let visitor = visitor()
        let ad = random.adLanding()
        let order = order(at: orderTime(), landing: ad)
        visit(visitor, from: ad, at: days(1, before: order.createdAt), session: newSession())
        buying(visitor, order)
        guard story == .lateWebhook else {
            return ends(story, order, .unconfirmed, .nothing)
        }
        webhooks(order, delay: .chapters(1))
        ends(story, order, .granted, click: ad)
    }

    // MARK: What becomes of the order

    private mutating func tellOfRefund(_ story: Story) {
        let visitor = visitor()
        let ad = random.adLanding()
        var order = order(at: orderTime(), landing: ad)
        visit(visitor, from: ad, at: days(4, before: order.createdAt), session: newSession())
        buying(visitor, order)
        webhooks(order)
        let isLate = [.latePartialRefund, .lateFullRefund].contains(story)
        let isFull = [.fullRefund, .lateFullRefund].contains(story)
        let part = 200 + random.below(order.cents - 400)
        let delay: Scene.Delay = isLate ? .afterwards : .chapters(random.below(2))
        refund(&order, cents: part, after: .seconds(7200), delay: delay)
        if isFull { refund(&order, cents: order.restCents, after: .seconds(10_800), delay: delay) }
        guard story == .fullRefund else { return ends(story, order, .granted, click: ad) }
        ends(story, order, .withdrawn, .nothingOrZero, click: ad)
    }

    private mutating func tellOfCancelled() {
        let visitor = visitor()
        let ad = random.adLanding()
        var order = order(at: orderTime(), landing: ad)
        buying(visitor, order, from: ad)
        webhooks(order)
        order.updatedAt = order.createdAt + .seconds(3600)
        order.cancelledAt = order.updatedAt
        webhook("orders/cancelled", order.body, delay: .chapters(random.below(2)))
        ends(.cancelled, order, .withdrawn, .nothingOrZero, click: ad)
    }

    private mutating func tellOfEdited() {
        let visitor = visitor()
        let ad = random.adLanding()
        var order = order(at: orderTime(), landing: ad)
        buying(visitor, order, from: ad)
        webhooks(order)
        for edit in 1...2 {
            order.cents += random.below(3_000) - 400
            order.updatedAt = order.createdAt + .seconds(1200 * edit)
            webhook("orders/updated", order.body, delay: .chapters(random.below(2)))
        }
        ends(.edited, order, .granted, click: ad)
    }

    private mutating func tellOfPending(_ story: Story) {
        let visitor = visitor()
        let ad = random.adLanding()
        var order = order(at: orderTime(), landing: ad)
        order.status = "pending"
        visit(visitor, from: ad, at: days(3, before: order.createdAt), session: newSession())
        buying(visitor, order)
        webhook("orders/create", order.body)
        guard story == .pendingThenPaid else { return ends(story, order, .none, .nothing) }
        order.status = "paid"
        order.updatedAt = order.createdAt + .seconds(14_400)
        webhook("orders/paid", order.body, delay: .chapters(1))
        ends(story, order, .granted, click: ad)
    }

    private mutating func tellOfTest() {
        let visitor = visitor()
        var order = order(at: orderTime(), landing: .direct)
        order.isTest = true
        buying(visitor, order)
        webhooks(order)
        ends(.test, order, .none, .nothing)
    }
}

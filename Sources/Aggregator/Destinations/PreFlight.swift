import ConveyProtocol
import Crypto
import Time

/// Judges what is to be sent before anything is: whether, when, and what. Pure.
///
/// Called when a wish comes, when the time of a held upload has come, and again right before a
/// request is written, since settings and age change meanwhile.
/// - Source: Convey's rules for consent, age and click choice, docs/destinations.md.
struct PreFlight: Sendable {
    /// The platform takes conversions from six hours after their click; a quarter more is margin.
    static let clickAgeMin: Duration = .seconds(6 * 3600 + 15 * 60)
    /// The platform takes nothing later than this after a click.
    static let clickAgeMax: Duration = .seconds(90 * 86_400)
    /// What is left of either limit for the way.
    static let margin: Duration = .seconds(3600)

    let destination: Destination
    let now: Timestamp

    /// Judges for one destination at one time.
    init(_ destination: Destination, at now: Timestamp) {
        self.destination = destination
        self.now = now
    }

    /// What the platform may know of a conversion already.
    struct Past: Sendable {
        /// What it confirmed last.
        var confirmed: UploadContent?
        /// What may have arrived after that, where no verdict will come.
        var unknown: UploadContent?
        /// Whether an earlier version is on its way.
        var isInFlight = false
        /// Fixed with the first upload.
        var transactionID: String?

        /// Nothing was ever sent.
        init() {}
    }

    /// What was decided.
    struct Judgement: Equatable, Sendable {
        /// What becomes of the upload.
        let fate: UploadFate
        /// What would leave; nil where that cannot be said.
        var content: UploadContent?
        /// When a held upload is looked at again; nil: when something changes.
        var lookAt: Timestamp?
    }

    /// Ends a judgement early.
    private struct End: Error {
        let fate: UploadFate

        init(_ fate: UploadFate) { self.fate = fate }
    }

    /// Decides what becomes of a wish.
    func judge(_ wish: UploadWish, _ past: Past) -> Judgement {
        var content: UploadContent?
        var fate = UploadFate.due
        do throws(End) {
            guard !past.isInFlight else { throw End(.held(.earlierVersion)) }
            try checkStanding(wish, past)
            try checkConsent(wish)
            let made = try self.content(of: wish, past)
            content = made
            try checkNeed(wish, made, past)
            try checkTime(wish, made, past)
        } catch {
            fate = error.fate
        }
        guard case .held(_, let until) = fate, !past.isInFlight else {
            return Judgement(fate: fate, content: content)
        }
        let end =
            content.map { expiry(of: $0) } ?? wish.occurredAt + Self.clickAgeMax - Self.margin
        guard now < end else { return Judgement(fate: .rejected(.expired), content: content) }
        return Judgement(fate: fate, content: content, lookAt: min(until ?? end, end))
    }

    // MARK: Whether

    private func checkStanding(_ wish: UploadWish, _ past: Past) throws(End) {
        let isKnown = past.confirmed != nil
        guard isKnown || destination.serves(wish.subject) else { throw End(.cancelled(.notServed)) }
        if wish.isTest, !isKnown, past.unknown == nil { throw End(.cancelled(.testOrder)) }
        switch wish.standing {
        case .counts where !wish.isTest: break
        case .waits(let reason):
            throw End(.held(UploadCode(rawValue: reason) ?? .waits))
        case .counts, .withdrawn:
            if past.unknown != nil, !isKnown { throw End(.held(.earlierUnknown)) }
            guard isKnown else { throw End(.cancelled(.withdrawn)) }
        }
        guard isKnown || isInRollout(wish) else { throw End(.held(.rollout)) }
    }

    /// The same conversions whatever the percentage: raising it only adds some.
    private func isInRollout(_ wish: UploadWish) -> Bool {
        guard destination.settings.rolloutPercent < 100 else { return true }
        let digest = SHA256Digest(of: Array(wish.subject.conversionID.utf8)).bytes
        let number = digest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return number % 100 < destination.settings.rolloutPercent
    }

    private func checkConsent(_ wish: UploadWish) throws(End) {
        switch (wish.adUserData, wish.unknownConsent) {
        case (.granted, _), (.unknown, .clickIDOnly), (.unknown, .sendUnspecified): break
        case (.unknown, .withhold): throw End(.held(.consentUnknown))
        case (.denied, _): throw End(.cancelled(.consentDenied))
        }
    }

    private func checkNeed(
        _ wish: UploadWish, _ content: UploadContent, _ past: Past
    ) throws(End) {
        guard content.valueMicros >= 0 else { throw End(.rejected(.value)) }
        guard CurrencyList.knows(content.currency) else { throw End(.rejected(.currency)) }
        if let confirmed = past.confirmed, past.unknown == nil, confirmed.value == content.value {
            throw End(.cancelled(.unchanged))
        }
        if past.confirmed == nil, isCreditWanted, (wish.creditedMicros ?? 0) <= 0 {
            throw End(.cancelled(.notCredited))
        }
    }

    var isCreditWanted: Bool { destination.settings.send == .credited }

    // MARK: When

    private func checkTime(
        _ wish: UploadWish, _ content: UploadContent, _ past: Past
    ) throws(End) {
        guard now < expiry(of: content) else { throw End(.rejected(.expired)) }
        guard past.confirmed == nil else { return try checkMode() }
        if destination.mode == .live, let from = destination.liveFrom, wish.occurredAt < from {
            throw End(.held(.beforeLive))
        }
        try checkMode()
        var waits: [(UploadCode, Timestamp)] = [
            (.delayed, wish.occurredAt + .seconds(wish.delaySeconds))
        ]
        if let settledAt = wish.settledAt { waits.append((.unsettled, settledAt)) }
        if let click = content.click {
            waits.append((.tooRecentClick, click.at + Self.clickAgeMin))
        }
        guard let last = waits.max(by: { $0.1 < $1.1 }), last.1 > now else { return }
        throw End(.held(code: last.0.rawValue, until: last.1))
    }

    private func checkMode() throws(End) {
        if destination.mode == .observe { throw End(.held(.modeObserve)) }
    }

    private func window(_ wish: UploadWish) -> Duration {
        .seconds((destination.settings.windowDays ?? wish.windowDays) * 86_400)
    }

    /// When the platform takes it no more: the window is between click and order, whenever the order
    /// is told; only the click's own age counts from now.
    func expiry(of content: UploadContent) -> Timestamp {
        (content.click?.at ?? content.occurredAt) + Self.clickAgeMax - Self.margin
    }
}

extension UploadFate {
    /// Held for one of our own reasons, until something changes.
    static func held(_ code: UploadCode) -> UploadFate { .held(code: code.rawValue, until: nil) }

    /// Rejected for one of our own reasons.
    static func rejected(_ code: UploadCode) -> UploadFate { .rejected(code: code.rawValue) }

    /// Cancelled for one of our own reasons.
    static func cancelled(_ code: UploadCode) -> UploadFate { .cancelled(code: code.rawValue) }

    /// Unknown for one of our own reasons.
    static func unknown(_ code: UploadCode) -> UploadFate { .unknown(code: code.rawValue) }
}

extension Destination {
    /// Whether a conversion is for this destination.
    func serves(_ subject: UploadWish.Subject) -> Bool {
        serves(site: subject.site, assignment: subject.assignment)
    }
}

extension PreFlight {
    // MARK: What

    /// Puts together what leaves. What the platform knows already stays as it was, but for the value.
    private func content(
        of wish: UploadWish, _ past: Past
    ) throws(End) -> UploadContent {
        let value = Money(micros: value(of: wish), currency: wish.currency)
        guard let known = past.confirmed ?? past.unknown else {
            let click = click(for: wish)
            let id: String
            if let fixed = past.transactionID {
                id = fixed
            } else {
                id = try transactionID(of: wish)
            }
            var content = UploadContent(
                transactionID: id, occurredAt: time(of: wish, after: click), value: value)
            content.click = click
            return try permitted(content, wish)
        }
        var content = UploadContent(
            transactionID: known.transactionID, occurredAt: known.occurredAt, value: value)
        content.click = known.click
        return try permitted(content, wish)
    }

    /// Adds what consent permits. Unknown is left out; it is never written as granted.
    private func permitted(
        _ content: UploadContent, _ wish: UploadWish
    ) throws(End) -> UploadContent {
        var content = content
        let mayName = wish.adUserData == .granted || wish.unknownConsent == .sendUnspecified
        if mayName {
            content.user = wish.user.sendable
            content.userAgent = wish.userAgent
        }
        content.adUserData = wish.adUserData == .unknown ? nil : wish.adUserData
        content.adPersonalization =
            wish.adPersonalization == .unknown ? nil : wish.adPersonalization
        guard content.click != nil || !content.user.isEmpty
        else { throw End(.cancelled(.noIdentifier)) }
        return content
    }

    private func value(of wish: UploadWish) -> Int64 {
        guard wish.standing == .counts, !wish.isTest else { return 0 }
        guard isCreditWanted else { return wish.valueMicros }
        let credited = wish.creditedMicros ?? 0
        guard credited > 0 else { return 0 }
        return destination.settings.value == .share ? credited : wish.valueMicros
    }

    /// The newest click of the platform inside the action's window whose id can be right.
    func click(for wish: UploadWish) -> UploadClick? {
        let window = window(wish)
        return wish.clicks.filter { click in
            ClickIDRule.preference(of: click.kind) != nil && ClickIDRule.isWhole(click.value)
                && wish.occurredAt - click.at <= window
                && click.at - wish.occurredAt <= ClickIDRule.clockSkewMax
        }.min { left, right in
            (right.at, ClickIDRule.preference(of: left.kind) ?? 0, left.value)
                < (left.at, ClickIDRule.preference(of: right.kind) ?? 0, right.value)
        }
    }

    /// Two clocks may disagree: an order a little before its click counts right after it.
    private func time(of wish: UploadWish, after click: UploadClick?) -> Timestamp {
        guard let click, wish.occurredAt < click.at else { return wish.occurredAt }
        return click.at + .seconds(1)
    }

    /// Site and order, so that two shops' numbers never meet; the assignment where several share
    /// the action.
    private func transactionID(of wish: UploadWish) throws(End) -> String {
        let order = wish.subject.orderID
        guard (1...200).contains(order.utf8.count),
            order.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw End(.rejected(.orderID)) }
        if destination.settings.usesPlainOrderID { return order }
        let base = "\(wish.subject.siteID).\(order)"
        return destination.settings.assignments.count > 1
            ? "\(base).\(wish.subject.assignment)" : base
    }
}

extension UploadUser {
    /// Only what a platform can use: an address counts with all its parts.
    var sendable: UploadUser {
        guard !hasAddress else { return self }
        var user = UploadUser()
        (user.emailSHA256, user.phoneSHA256) = (emailSHA256, phoneSHA256)
        return user
    }
}

/// Which click ids Google takes, and which are certainly damaged.
/// - Source: docs/destinations.md; Google publishes no grammar.
enum ClickIDRule {
    /// An order may bear an earlier time than its click by this much: two clocks.
    static let clockSkewMax: Duration = .seconds(300)

    /// Lower goes first, where one landing had several; nil for other platforms' ids.
    static func preference(of kind: UploadClick.Kind) -> Int? {
        switch kind {
        case .gclid: 0
        case .gbraid: 1
        case .wbraid: 2
        case .dclid, .fbclid, .msclkid, .ttclid: nil
        }
    }

    /// 20 to 512 characters of base64url: a shorter one is a stump, others a macro or an escape.
    static func isWhole(_ value: String) -> Bool {
        (20...512).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

import Time

/// What somebody does on a page, as the shop's script tells of it.
struct PageEvent: Sendable {
    let type: String
    let at: Timestamp
    var url = "\(Landing.home)/"
    var referrer: String?
    /// JSON of the members `order` and `value`.
    var order: String?
    var value: String?
    /// Nil where the page asks nobody.
    var consent: Consent?

    /// What the person answered to the cookie banner.
    enum Consent: String, Sendable {
        case granted, denied, unknown
    }

    init(_ type: String, at: Timestamp) {
        self.type = type
        self.at = at
    }

    /// The event with its own id, of a visitor whose clock is wrong by `error`.
    /// `sent_at` is a mark, replaced at the moment of sending.
    func json(id: String, of visitor: Visitor, session: String) -> String {
        var members = [
            #""id":"\#(id)","type":"\#(type)","occurred_at":"\#(at + visitor.clockError)""#,
            Shop.Delivery.sentAtMark,
            #""visitor":"\#(visitor.id)","session":"\#(session)""#,
            #""page":{"url":"\#(url)","title":"Example shop"\#(referrerMember)}"#,
        ]
        if let consent {
            let answer = consent.rawValue
            members.append(
                """
                "consent":{"analytics":"\(answer)","ad_user_data":"\(answer)",\
                "ad_personalization":"\(answer)"}
                """)
        }
        if let order { members.append(#""order":\#(order)"#) }
        if let value { members.append(#""value":\#(value)"#) }
        return "{\(members.joined(separator: ","))}"
    }

    private var referrerMember: String { referrer.map { #","referrer":"\#($0)""# } ?? "" }
}

/// A browser that comes to the shop.
struct Visitor: Sendable {
    let id: String
    var consent: PageEvent.Consent? = .granted
    /// How much its clock is ahead.
    var clockError: Duration = .zero
}

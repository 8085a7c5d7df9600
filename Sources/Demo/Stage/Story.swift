/// What happens to a visitor of an imaginary shop, from the first visit to the last refund.
package enum Story: String, CaseIterable, Sendable {
    /// Looks around and leaves.
    case browsing
    /// Clicks an ad, comes back days later, buys; browser and webhook tell of it.
    case adClick
    /// The same with a `gbraid`, as iPhones send it, or with both ids in one address.
    case gbraid
    /// The same with a `wbraid`.
    case wbraid
    /// Buys out of a tagged newsletter.
    case newsletter
    /// Buys after an unpaid way: search, a social network, another site, or by typing the address.
    case unpaid
    /// Ad, newsletter, social network, search, then the purchase: five visits over days.
    case longWay
    /// Buys twice; one ad click serves both orders.
    case returning
    /// Clicks the ad on a phone, buys on a laptop; the customer's address joins the two.
    case twoDevices
    /// Buys out of the cart with a wallet: the page sees no checkout, the webhook bears the cart's token.
    case express
    /// An ad blocker stops all browser events; the webhook's landing page has the click id.
    case adBlocker
    /// The same, but the landing page was cut in the middle of the click id.
    case cutLanding
    /// The thank-you page knows only `#1042`, no token.
    case nameOnly
    /// The shop's server tells of the order, with its secret key.
    case server
    /// The browser's clock is hours wrong, and so is its `sent_at`.
    case wrongClock
    /// Buys first, clicks an ad a day later.
    case clickAfterwards
    /// The only click is older than any window.
    case oldClick
    /// The platform does not know the click: it was made on another account's ad.
    case foreignClick
    /// Clicked and bought an hour ago: too fresh for the platform.
    case fresh
    /// Somebody else claims the order by its number.
    case stranger
    /// Says no to the cookie banner.
    case consentDenied
    /// Never answers the cookie banner.
    case consentUnknown
    /// Answers the cookie banner with yes on the second page.
    case consentLate
    /// Part of the money goes back within hours.
    case partialRefund
    /// All of it goes back within hours.
    case fullRefund
    /// Part of the money goes back after the platform confirmed the conversion.
    case latePartialRefund
    /// All of it goes back after the platform confirmed the conversion.
    case lateFullRefund
    /// The order is cancelled.
    case cancelled
    /// Something is added to the order, or taken out.
    case edited
    /// Paid by bank transfer, which arrives later.
    case pendingThenPaid
    /// Paid by bank transfer, which never arrives.
    case neverPaid
    /// The webhooks come long after the browser's purchase.
    case lateWebhook
    /// The webhooks never come.
    case browserOnly
    /// The merchant tries the checkout.
    case test

    /// How often it happens beside the others; 0: once in a shop's life.
    var weight: Int {
        switch self {
        // Google tells no names: to find one bad click among hundreds takes a dozen requests.
        case .foreignClick: 0
        case .browsing: 40
        case .adClick, .unpaid: 6
        case .newsletter, .longWay, .gbraid, .express, .consentDenied, .consentUnknown: 2
        default: 1
        }
    }
}

/// What one order must come to in the end, whatever happens on the way: what its story says, not what
/// the programs make of it.
package struct OrderEnding: Sendable, Equatable {
    /// What the order's conversion is in the end.
    package enum Conversion: Sendable, Equatable {
        /// The order makes none.
        case none
        /// It counts with this value.
        case counted(micros: Int64)
        /// Nobody but a browser tells of it.
        case unconfirmed
        /// It counted once.
        case withdrawn
    }

    /// What the advertising platform has of it in the end.
    package enum Platform: Sendable, Equatable {
        /// It never hears of it.
        case nothing
        /// One conversion of this value.
        case holds(micros: Int64)
        /// Nothing, or, if it was sent before it was taken back, one of value 0.
        case nothingOrZero
    }

    /// The story that the order is part of.
    package let story: Story
    /// The shop's id of the order.
    package let orderID: String
    /// Its name without `#`.
    package let orderName: String
    /// What its conversion is.
    package let conversion: Conversion
    /// What the platform has.
    package let platform: Platform
    /// The ad's click id, as `gclid:Cj0…`, that the platform should hear of; nil: none.
    package let click: String?
}

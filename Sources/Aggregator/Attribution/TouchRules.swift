package import Time
package import Timeline

/// How touches are worked out from a person's facts. Data, so that an organization may have its own.
/// - Source: docs/attribution.md, “Touches”.
package struct TouchRules: Hashable, Sendable {
    /// Which channel a touch belongs to.
    package var channels = ChannelRules.standard
    /// Channels that are paid for: a touch of theirs is an ad click, whatever proves it.
    package var paidChannels = Self.standardPaidChannels
    /// What a click id says where no tags do.
    package var clicks = ClickRule.standard
    /// Hosts that send shoppers back rather than to the shop: payment, checkout, sign-in. With all
    /// hosts below them.
    package var silentHosts = Self.standardSilentHosts
    /// The shop's own hosts, in lower case; with all hosts below them.
    package var ownHosts: [String]

    /// The standard rules for a shop.
    package init(ownHosts: [String] = []) { self.ownHosts = ownHosts.map(HostName.bare) }

    /// What a kind of click id says by itself.
    package struct ClickRule: Hashable, Sendable {
        /// What is assumed of the click where neither tags nor referrer say it.
        package let traffic: TrafficSource
        /// Whether only ads carry it. Meta puts `fbclid` on every link.
        package let provesAd: Bool

        /// Takes both as they are.
        package init(_ traffic: TrafficSource, provesAd: Bool) {
            (self.traffic, self.provesAd) = (traffic, provesAd)
        }

        /// Google and Microsoft as GA4 names them, `google` / `cpc` and `bing` / `cpc`.
        package static let standard: [ClickID.Kind: ClickRule] = [
            .gclid: google, .gbraid: google, .wbraid: google,
            .msclkid: ClickRule(TrafficSource(source: "bing", medium: "cpc"), provesAd: true),
            .ttclid: ClickRule(TrafficSource(source: "tiktok", medium: "cpc"), provesAd: true),
            .fbclid: ClickRule(
                TrafficSource(source: "facebook", medium: "referral"), provesAd: false),
        ]

        private static let google = ClickRule(
            TrafficSource(source: "google", medium: "cpc"), provesAd: true)
    }

    /// The touches of one person, by (time, id). Neither the order of the facts nor how often one is
    /// repeated matters.
    /// - Parameters:
    ///   - facts: all of one person at one site.
    ///   - firstSights: for click keys, when the site first saw each, also with others.
    package func touches(
        in facts: [Fact], firstSights: [FactKey: Timestamp] = [:]
    ) -> [Touch] {
        var gathering = TouchGathering(self, facts, firstSights)
        return gathering.touches()
    }

    private static let standardPaidChannels: Set<Channel> = [
        Channel("Cross-network"), Channel("Paid Shopping"), Channel("Paid Search"),
        Channel("Paid Social"), Channel("Paid Video"), Channel("Paid Other"), Channel("Display"),
    ]

    private static let standardSilentHosts = [
        "accounts.google.com", "adyen.com", "affirm.com", "afterpay.com", "amazonpay.com",
        "appleid.apple.com", "authorize.net", "braintreegateway.com", "cardinalcommerce.com",
        "checkout.com", "checkout.shopify.com", "clearpay.co.uk", "giropay.de", "ideal.nl",
        "klarna.com", "login.live.com", "login.microsoftonline.com", "mollie.com",
        "multisafepay.com", "pay.amazon.com", "pay.google.com", "pay.shopify.com",
        "payments.amazon.com", "paypal.com", "paypalobjects.com", "paysafecard.com", "payu.com",
        "razorpay.com", "sagepay.com", "shop.app", "shopifycs.com", "sofort.com",
        "squareup.com", "stripe.com", "stripe.network", "twint.ch", "venmo.com", "wirecard.com",
        "worldpay.com", "zip.co",
    ]
}

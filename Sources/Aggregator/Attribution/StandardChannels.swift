extension ChannelRules {
    /// Google Analytics 4's default channel group for manually tagged traffic, without regard to case.
    ///
    /// What Google Ads alone knows, the kind of its campaigns, is missing here: an ad click without
    /// tags is `google` / `cpc`.
    /// - Source: support.google.com/analytics/answer/9756891 (“Default channel group”); AI Assistant as
    ///   of May 2026, support.google.com/analytics/answer/9164320.
    package static let standard = ChannelRules(rules: standardRules, categories: .standard)

    /// Google's `^(.*cp.*|ppc|retargeting|paid.*)$`.
    static let paidMedium = ChannelRule.Condition(
        .medium, ["*cp*", "ppc", "retargeting", "paid*"])

    /// Google's `^(.*(([^a-df-z]|^)shop|shopping).*)$`.
    private static let shoppingCampaign = ChannelRule.Condition(
        .campaign, ["shop*", "*~shop*", "*eshop*", "*shopping*"])

    private static func category(_ category: SourceCategory) -> ChannelRule.Condition {
        ChannelRule.Condition(.category, [category.rawValue])
    }

    private static let email = ["email", "e-mail", "e_mail", "e mail"]

    private static let standardRules: [ChannelRule] = [
        ChannelRule(
            "Direct",
            [.init(.source, ["(direct)"]), .init(.medium, ["(not set)", "(none)"])]),
        ChannelRule("Cross-network", [.init(.campaign, ["*cross-network*"])]),
        ChannelRule(
            "Paid Shopping", [category(.shopping), paidMedium], [shoppingCampaign, paidMedium]),
        ChannelRule("Paid Search", [category(.search), paidMedium]),
        ChannelRule("Paid Social", [category(.social), paidMedium]),
        ChannelRule("Paid Video", [category(.video), paidMedium]),
        ChannelRule(
            "Display",
            [.init(.medium, ["display", "banner", "expandable", "interstitial", "cpm"])]),
        ChannelRule("Paid Other", [paidMedium]),
        ChannelRule(
            "AI Assistant", [.init(.medium, ["ai-assistant"])], [category(.assistant)]),
        ChannelRule("Organic Shopping", [category(.shopping)], [shoppingCampaign]),
        ChannelRule(
            "Organic Social", [category(.social)],
            [
                .init(
                    .medium,
                    [
                        "social", "social-network", "social-media", "sm", "social network",
                        "social media",
                    ])
            ]),
        ChannelRule("Organic Video", [category(.video)], [.init(.medium, ["*video*"])]),
        ChannelRule("Organic Search", [category(.search)], [.init(.medium, ["organic"])]),
        ChannelRule("Referral", [.init(.medium, ["referral", "app", "link"])]),
        ChannelRule("Email", [.init(.source, email)], [.init(.medium, email)]),
        ChannelRule("Affiliates", [.init(.medium, ["affiliate"])]),
        ChannelRule("Audio", [.init(.medium, ["audio"])]),
        ChannelRule("SMS", [.init(.source, ["sms"])], [.init(.medium, ["sms"])]),
        ChannelRule(
            "Mobile Push Notifications",
            [.init(.medium, ["*push", "*mobile*", "*notification*"])],
            [.init(.source, ["firebase"])]),
    ]
}

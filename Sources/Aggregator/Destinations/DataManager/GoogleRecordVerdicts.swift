extension GoogleVerdicts {
    /// What Google says later about records: `ProcessingErrorReason`.
    static let ofRecords: [Verdict] = [
        Verdict(
            "PROCESSING_ERROR_REASON_UNSPECIFIED", .retry,
            words: "Google gives no reason.",
            fix: "If it lasts, report it to Google with the request id."),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_CUSTOM_VARIABLE", .fixConfiguration,
            words: "A custom variable is not valid.",
            fix: "Check the custom variables of the account."),
        Verdict(
            "PROCESSING_ERROR_REASON_CUSTOM_VARIABLE_NOT_ENABLED", .fixConfiguration,
            words: "A custom variable is switched off.",
            fix: "Switch the custom variable on in Google Ads."),
        Verdict(
            "PROCESSING_ERROR_REASON_EVENT_TOO_OLD", .giveUp,
            words:
                "The conversion came too late: the click is older than the window of the conversion action, or than 90 days.",
            fix:
                "If it happens to many: lengthen the window of the conversion action in Google Ads."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_DENIED_CONSENT", .giveUp,
            words: "The buyer did not allow that data goes to advertisers."),
        Verdict(
            "PROCESSING_ERROR_REASON_NO_CONSENT", .fixConfiguration,
            words: "Google wants to know what the buyer allowed, and was not told.",
            fix:
                "Connect the consent banner to the tracker, or state the consent for this destination."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_UNKNOWN_CONSENT", .fixConfiguration,
            words: "Google wants to know what the buyer allowed, and was told that it is unknown.",
            fix:
                "Connect the consent banner to the tracker, or state the consent for this destination."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_DUPLICATE_GCLID", .alreadyThere,
            words: "Google has a conversion of this click at this time already."),
        Verdict(
            "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID", .alreadyThere,
            words: "Google has this transaction id already."),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_GBRAID", .giveUp,
            words: "The gbraid cannot be read: it was cut off, altered or invented.",
            fix:
                "If it happens to many: check that redirects and landing pages keep the click id whole."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_GCLID", .giveUp,
            words: "The gclid cannot be read: it was cut off, altered or invented.",
            fix:
                "If it happens to many: check that redirects and landing pages keep the click id whole."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_WBRAID", .giveUp,
            words: "The wbraid cannot be read: it was cut off, altered or invented.",
            fix:
                "If it happens to many: check that redirects and landing pages keep the click id whole."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_MERCHANT_ID", .giveUp,
            words: "The number of the Merchant Center account is not valid.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "PROCESSING_ERROR_REASON_INTERNAL_ERROR", .retry,
            words: "Google had an internal error."),
        Verdict(
            "PROCESSING_ERROR_REASON_DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
            .fixConfiguration,
            words: "The terms for hashed identifiers are not accepted.",
            fix:
                "Accept the customer data terms in Google Ads, or turn off identifiers for this destination.",
            concernsAll: true),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_EVENT", .giveUp,
            words: "Google does not take the event and does not say why.",
            fix: "Look at the upload; report it with the request id if nothing is odd about it."),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_FORMAT", .giveUp,
            words: "A field does not have the form that Google asks for.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "PROCESSING_ERROR_REASON_INSUFFICIENT_MATCHED_TRANSACTIONS", .fixConfiguration,
            words: "Google takes this as store sales, of which there are too few.",
            fix: "Choose a conversion action of the type import, from clicks.",
            concernsAll: true),
        Verdict(
            "PROCESSING_ERROR_REASON_INSUFFICIENT_TRANSACTIONS", .fixConfiguration,
            words: "Google takes this as store sales, of which there are too few.",
            fix: "Choose a conversion action of the type import, from clicks.",
            concernsAll: true),
        Verdict(
            "PROCESSING_ERROR_REASON_ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID",
            .fixConfiguration,
            words:
                "The conversion action counts one conversion a click, which Google does not allow with gbraid and wbraid.",
            fix: "Set the counting of the conversion action to every conversion."),
        Verdict(
            "PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER", .giveUp,
            words: "The click belongs to an advertisement of another account.",
            fix:
                "If it happens to many: enter the account whose advertisements bring the clicks, or share conversions across accounts in Google Ads."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_OPERATING_ACCOUNT_FOR_CLICK", .giveUp,
            words: "The click belongs to an advertisement of another account.",
            fix:
                "If it happens to many: enter the account whose advertisements bring the clicks, or share conversions across accounts in Google Ads."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_AD_IDENTIFIERS", .giveUp,
            words: "The click id is not valid.",
            fix:
                "If it happens to many: check that redirects and landing pages keep the click id whole."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_ORIGINAL_CONVERSIONS_NOT_FOUND", .giveUp,
            words: "The conversion whose value was to change is not known to Google.",
            fix: "Look at the earlier upload of this order."),
        Verdict(
            "PROCESSING_ERROR_REASON_CONVERSION_PRECEDES_CLICK", .giveUp,
            words: "The conversion is dated before the click.",
            fix: "If it happens to many: check the clock and the time zone of the shop."),
        Verdict(
            "PROCESSING_ERROR_REASON_TOO_RECENT_CLICK", .holdUntil,
            words: "The click is so recent that Google does not know it yet.",
            holdFor: .seconds(21600)),
        Verdict(
            "PROCESSING_ERROR_REASON_INVALID_CLICK", .giveUp,
            words: "The click cannot earn a conversion: it may not come from a Google Ads campaign."
        ),
        Verdict(
            "PROCESSING_ERROR_REASON_CLICK_NOT_FOUND", .giveUp,
            words: "Google finds no click for this buyer; for part of the traffic that is normal."),
        Verdict(
            "PROCESSING_ERROR_REASON_EXTERNAL_ATTRIBUTION_DATA_MISSING", .fixConfiguration,
            words:
                "The conversion action expects shares from an attribution of your own, which this interface does not take.",
            fix: "Choose a conversion action that does not use external attribution.",
            concernsAll: true),
    ]
}

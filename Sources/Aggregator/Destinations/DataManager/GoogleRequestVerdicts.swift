extension GoogleVerdicts {
    /// What Google says to a whole request or to a field of it: `ErrorReason`.
    static let ofRequests: [Verdict] = [
        Verdict(
            "INTERNAL_ERROR", .retry,
            words: "Google had an internal error."),
        Verdict(
            "DEADLINE_EXCEEDED", .retry,
            words: "Google took too long to answer."),
        Verdict(
            "RESOURCE_EXHAUSTED", .retry,
            words: "The Cloud project has used up its requests for this minute or day.",
            fix:
                "If it lasts, ask Google for a larger quota, or give busy destinations a Cloud project of their own."
        ),
        Verdict(
            "NOT_FOUND", .fixConfiguration,
            words: "Google does not find what the request names.",
            fix: "Check the account numbers, the conversion action and the configured base URL.",
            concernsAll: true),
        Verdict(
            "PERMISSION_DENIED", .fixConfiguration,
            words: "The credential may not send to this account, or the account does not exist.",
            fix:
                "Give the user or service account access to the login account in Google Ads, and check both account numbers.",
            concernsAll: true),
        Verdict(
            "NOT_ALLOWLISTED", .fixConfiguration,
            words: "Google has not allowed this account to use the feature.",
            fix: "Ask Google to allow the account, or take the feature out of the destination.",
            concernsAll: true),
        Verdict(
            "TERMS_AND_CONDITIONS_NOT_SIGNED", .fixConfiguration,
            words: "Terms that Google asks for are not accepted.",
            fix: "Accept the customer data terms in Google Ads under Goals, Settings.",
            concernsAll: true),
        Verdict(
            "INVALID_ARGUMENT", .giveUp,
            words: "Google found a fault in the request and does not say where.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "REQUIRED_FIELD_MISSING", .giveUp,
            words: "A field that Google requires is missing.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_FORMAT", .giveUp,
            words: "A field does not have the form that Google asks for.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_HEX_ENCODING", .giveUp,
            words: "A hashed identifier is not hexadecimal.",
            fix: "Check where the shop or server hashes it: 64 hexadecimal digits are wanted."),
        Verdict(
            "INVALID_BASE64_ENCODING", .giveUp,
            words: "A hashed identifier is not base64.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_SHA256_FORMAT", .giveUp,
            words: "A hashed identifier is not a SHA-256 hash, or is the hash of nothing.",
            fix: "Check where the shop or server hashes it: an empty value must not be hashed."),
        Verdict(
            "INVALID_POSTAL_CODE", .giveUp,
            words: "The postal code of the address is not valid.",
            fix: "Check what the shop writes into its orders as postal code."),
        Verdict(
            "INVALID_COUNTRY_CODE", .giveUp,
            words: "The country of the address is not valid.",
            fix: "Check what the shop writes into its orders as country: two letters are wanted."),
        Verdict(
            "INVALID_REGION_CODE", .giveUp,
            words: "The country of the address is not valid.",
            fix: "Check what the shop writes into its orders as country: two letters are wanted."),
        Verdict(
            "INVALID_ENUM_VALUE", .giveUp,
            words: "A field has a value that Google does not know.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_NUMBER_FORMAT", .giveUp,
            words: "A number does not have the form that Google asks for, or is below zero.",
            fix: "Check the value of the order."),
        Verdict(
            "FIELD_VALUE_TOO_LONG", .giveUp,
            words: "A field is longer than Google allows.",
            fix: "Look at the upload: an order id or click id of that length is not genuine."),
        Verdict(
            "FIELD_VALUE_TOO_SHORT", .giveUp,
            words: "A field is shorter than Google allows.",
            fix: "Look at the upload: an order id or click id of that length is not genuine."),
        Verdict(
            "TOO_MANY_ELEMENTS", .retry,
            words:
                "A list in the request is longer than Google allows; it is sent in smaller parts."),
        Verdict(
            "TOO_FEW_ELEMENTS", .giveUp,
            words: "A list in the request is shorter than Google asks for.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "TOO_MANY_USER_IDENTIFIERS", .giveUp,
            words: "An event has more than ten identifiers of its buyer.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "TOO_MANY_DESTINATIONS", .giveUp,
            words: "The request has more than ten destinations.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "TOO_MANY_EVENTS", .retry,
            words: "The request has more events than Google allows; it is sent in smaller parts."),
        Verdict(
            "INVALID_DESTINATION", .fixConfiguration,
            words: "Google does not know the destination as it is set up.",
            fix:
                "Check the account numbers, without hyphens, and that the account owns the conversion action.",
            concernsAll: true),
        Verdict(
            "DUPLICATE_DESTINATION_REFERENCE", .fixConfiguration,
            words: "Two destinations of one request have the same name.",
            fix: "Convey built a request that Google does not take; report it with the request id.",
            concernsAll: true),
        Verdict(
            "DESTINATION_ACCOUNT_TYPE_MISMATCH", .fixConfiguration,
            words: "The account is not a Google Ads account.",
            fix: "Enter the ten digits of the Google Ads account that owns the conversion action.",
            concernsAll: true),
        Verdict(
            "MISMATCHED_ACCOUNT_TYPE", .fixConfiguration,
            words: "The account is of another type than the request says.",
            fix: "Enter the ten digits of the Google Ads account that owns the conversion action.",
            concernsAll: true),
        Verdict(
            "EVENT_SOURCE_AND_DESTINATION_MISMATCH", .fixConfiguration,
            words: "The conversion action does not take conversions of a web shop.",
            fix: "Choose a conversion action of the type import, from clicks.",
            concernsAll: true),
        Verdict(
            "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH", .fixConfiguration,
            words: "The login account must be the operating account here.",
            fix: "Leave the login customer of the destination empty.",
            concernsAll: true),
        Verdict(
            "INVALID_CONVERSION_ACTION_ID", .fixConfiguration,
            words: "The account has no conversion action with this number.",
            fix:
                "Enter the number of the conversion action, not its name, and the account that owns it.",
            concernsAll: true),
        Verdict(
            "INVALID_CONVERSION_ACTION_TYPE", .fixConfiguration,
            words: "The conversion action is not one for imported clicks.",
            fix: "Make a conversion action of the type import, from clicks, and enter its number.",
            concernsAll: true),
        Verdict(
            "CONVERSION_ACTION_TOO_RECENTLY_CREATED", .holdUntil,
            words:
                "The conversion action was made less than six hours ago; Google does not take conversions for it yet.",
            holdFor: .seconds(21600),
            concernsAll: true),
        Verdict(
            "INVALID_CURRENCY_CODE", .giveUp,
            words: "Google does not know the currency.",
            fix: "Check the currency of the site and of the order."),
        Verdict(
            "INVALID_EVENT", .giveUp,
            words: "Google does not take the event and does not say why.",
            fix: "Look at the upload; report it with the request id if nothing is odd about it."),
        Verdict(
            "NO_IDENTIFIERS_PROVIDED", .giveUp,
            words: "There is neither a click id nor an identifier of the buyer that may be sent.",
            fix:
                "Nothing, if consent was refused; otherwise check that click ids reach the collector."
        ),
        Verdict(
            "INVALID_MERCHANT_ID", .giveUp,
            words: "The number of the Merchant Center account is not valid.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_MERCHANT_FEED_LANGUAGE_CODE", .giveUp,
            words: "The language of the product feed is not valid.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "INVALID_COUPON_CODE", .giveUp,
            words: "A coupon code is not valid.",
            fix: "Convey built a request that Google does not take; report it with the request id."),
        Verdict(
            "EVENT_TIME_INVALID", .giveUp,
            words: "The conversion is too old for Google, or lies in the future.",
            fix: "Check the clock of the shop, and how long uploads wait."),
        Verdict(
            "INVALID_AD_IDENTIFIER_FOR_ACCOUNT", .giveUp,
            words: "The click belongs to an advertisement of another account.",
            fix:
                "If it happens to many: enter the account whose advertisements bring the clicks, or share conversions across accounts in Google Ads."
        ),
        Verdict(
            "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS", .fixConfiguration,
            words: "The account does not take hashed identifiers of buyers.",
            fix:
                "Turn on enhanced conversions for leads in Google Ads, or turn off identifiers for this destination.",
            concernsAll: true),
        Verdict(
            "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS", .fixConfiguration,
            words: "Google forbids this account hashed identifiers of buyers.",
            fix: "Turn off identifiers for this destination, or ask Google.",
            concernsAll: true),
        Verdict(
            "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED", .fixConfiguration,
            words: "The terms for hashed identifiers are not accepted.",
            fix:
                "Accept the customer data terms in Google Ads, or turn off identifiers for this destination.",
            concernsAll: true),
        Verdict(
            "CUSTOM_VARIABLE_VALUE_CONTAINS_PII", .giveUp,
            words: "A custom variable holds personal data.",
            fix: "Take personal data out of the custom variable."),
        Verdict(
            "CUSTOM_VARIABLE_NOT_ENABLED", .fixConfiguration,
            words: "A custom variable is switched off.",
            fix: "Switch the custom variable on in Google Ads."),
        Verdict(
            "INVALID_CUSTOM_VARIABLE_VALUE", .giveUp,
            words: "The value of a custom variable is not valid.",
            fix: "Check the values that the custom variable allows."),
        Verdict(
            "CUSTOM_VARIABLE_NOT_FOUND", .fixConfiguration,
            words: "The account has no custom variable of this name.",
            fix: "Make the custom variable in Google Ads."),
        Verdict(
            "ALREADY_EXISTS", .alreadyThere,
            words: "Google has it already."),
        Verdict(
            "INVALID_REQUEST_ID", .retry,
            words:
                "Google does not know this request any more; the conversions are sent again under the same transaction ids."
        ),
        Verdict(
            "REQUEST_TOO_OLD", .retry,
            words: "Google has forgotten the request, after about 50 days."),
        Verdict(
            "ADVERTISER_TOS_NOT_ACCEPTED", .fixConfiguration,
            words: "Terms that Google asks for are not accepted.",
            fix: "Accept the customer data terms in Google Ads under Goals, Settings.",
            concernsAll: true),
        Verdict(
            "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", .fixConfiguration,
            words:
                "The account lacks the declaration about political advertising in the European Union.",
            fix: "Make the declaration in Google Ads.",
            concernsAll: true),
        Verdict(
            "REQUIRED_PREREQUISITE_LINK_MISSING", .fixConfiguration,
            words: "Accounts that must be linked are not.",
            fix: "Link the accounts in Google Ads.",
            concernsAll: true),
        Verdict(
            "ERROR_REASON_UNSPECIFIED", .retry,
            words: "Google gives no reason.",
            fix: "If it lasts, report it to Google with the request id."),
    ]
}

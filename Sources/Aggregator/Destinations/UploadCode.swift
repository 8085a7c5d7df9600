/// Our own reasons, as they stand in the table, in metrics and in answers. Platforms' codes stand
/// beside them; their words are in the verdict table.
package enum UploadCode: String, CaseIterable, Sendable {
    // Held.
    case earlierVersion = "earlier_version"
    case earlierUnknown = "earlier_unknown"
    case modeObserve = "mode_observe"
    case modeValidate = "mode_validate"
    case beforeLive = "before_live"
    case tooRecentClick = "too_recent_click"
    case delayed
    case unsettled
    case unconfirmed
    case waits
    case rollout
    case consentUnknown = "consent_unknown"
    case credential
    case configuration
    // Rejected before anything was sent.
    case expired
    case currency
    case orderID = "order_id"
    case transactionIDTaken = "transaction_id_taken"
    case value
    // Cancelled.
    case superseded
    case withdrawn
    case testOrder = "test_order"
    case consentDenied = "consent_denied"
    case noIdentifier = "no_identifier"
    case notCredited = "not_credited"
    case notServed = "not_served"
    case unchanged
    case byOperator = "by_operator"
    // Unknown.
    case verdictLost = "verdict_lost"
    case answerLost = "answer_lost"

    /// What it means, for people.
    package var sentence: String {
        switch self {
        case .earlierVersion: "An earlier version is on its way; this one follows its verdict."
        case .earlierUnknown:
            "Whether an earlier version arrived is not known; a lower value could create a sale."
        case .modeObserve: "The destination only shows what would be sent."
        case .modeValidate: "The platform has checked it; the destination does not send yet."
        case .beforeLive: "The order is older than the instant from which the destination sends."
        case .tooRecentClick: "The platform takes conversions from 6 h 15 min after their click."
        case .delayed: "The assignment lets its conversions wait this long."
        case .unsettled: "The conversion is not settled: events of that time may still come."
        case .unconfirmed: "A browser reported the order, the shop has not confirmed it yet."
        case .waits: "The conversion may not be sent yet."
        case .rollout: "The destination sends a part of all conversions; this one is not in it."
        case .consentUnknown:
            "Whether the person consented is not known, and the site withholds then."
        case .credential: "The platform does not accept the destination's credential."
        case .configuration: "The platform refuses because of how the account or action is set up."
        case .expired: "The platform takes nothing this long after the click."
        case .currency: "The currency is none that the platform knows."
        case .orderID: "The order has no id of 1 to 200 printable characters."
        case .transactionIDTaken: "Another conversion was sent with the same transaction id."
        case .value: "The value is negative."
        case .superseded: "A newer version took its place before anything was sent."
        case .withdrawn: "The order was refunded or cancelled before anything was sent."
        case .testOrder: "The order is a test."
        case .consentDenied: "The person did not allow personal data to go to advertisers."
        case .noIdentifier:
            "There is neither a click of the platform inside the window nor permitted personal data."
        case .notCredited: "No share of the order is credited to the platform."
        case .notServed: "The destination does not serve the site or the assignment."
        case .unchanged: "The platform has this value already."
        case .byOperator: "An operator cancelled it."
        case .verdictLost: "The platform took it, and never told a verdict."
        case .answerLost: "It was sent, no answer came, and it may not be sent again."
        }
    }

    /// What can be done about it; nil where nothing need be.
    package var remedy: String? {
        switch self {
        case .earlierUnknown:
            "Look the order up at the platform, then retry or cancel the earlier version."
        case .modeObserve, .modeValidate: "Set the destination's mode to live."
        case .beforeLive: "Preview a back-fill, then confirm it."
        case .rollout: "Raise the destination's rollout percentage."
        case .consentUnknown: "Let the shop collect consent, or change the site's unknown_consent."
        case .credential: "Set a valid credential; sending goes on by itself."
        case .configuration: "Mend what the platform names, then resume the destination."
        case .currency, .orderID, .value:
            "Mend the order in the shop; a new version is judged anew."
        case .transactionIDTaken: "Send the site's orders to an action of their own."
        case .verdictLost, .answerLost: "Look the order up at the platform; retry sends it again."
        default: nil
        }
    }
}

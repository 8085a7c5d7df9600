import ConveyProtocol

/// The members of a campaign conversion, in the order in which they are validated.
enum ConversionField: String {
    case trackingID = "tracking_id"
    case linkID = "campaign_link_id"
    case eventType = "event_type"
    case revenue = "revenue_amount"
    case currency
    case eventData = "event_data"
    case body
}

/// Why a campaign conversion is refused at once: rules that need no memory.
enum ConversionFault: Error, Equatable {
    case missing(ConversionField)
    case notUUID(ConversionField)
    case typeMalformed, revenueMalformed, currencyMalformed
    case purchaseWithoutRevenue, courseRevenueNotPositive, revenueNegative
    case tooManyDecimals(Int)
    case dataNoObject, bodyNoObject
    /// The event that it would become breaks a rule of every event.
    case event(EventFault.Code)

    var field: ConversionField {
        switch self {
        case .missing(let field), .notUUID(let field): field
        case .typeMalformed: .eventType
        case .revenueMalformed, .purchaseWithoutRevenue, .courseRevenueNotPositive,
            .revenueNegative, .tooManyDecimals:
            .revenue
        case .currencyMalformed: .currency
        case .dataNoObject, .event: .eventData
        case .bodyNoObject: .body
        }
    }

    /// What a client branches on.
    var code: String {
        switch self {
        case .missing: "field_missing"
        case .notUUID: "uuid_malformed"
        case .typeMalformed: "event_type_malformed"
        case .revenueMalformed: "revenue_malformed"
        case .currencyMalformed: "currency_malformed"
        case .purchaseWithoutRevenue: "revenue_required"
        case .courseRevenueNotPositive: "revenue_not_positive"
        case .revenueNegative: "revenue_negative"
        case .tooManyDecimals: "revenue_decimals"
        case .dataNoObject, .bodyNoObject: "no_object"
        case .event(let code): code.rawValue
        }
    }

    var sentence: String {
        switch self {
        case .missing(let field): "\(field.rawValue) is required"
        case .notUUID(let field): "\(field.rawValue) must be a UUID"
        case .typeMalformed:
            "event_type must be a name of at most 64 letters, digits and underscores"
        case .revenueMalformed: "revenue_amount must be a decimal number"
        case .currencyMalformed: "currency must be a code of ISO 4217"
        case .purchaseWithoutRevenue: "Purchase events must include positive revenue"
        case .courseRevenueNotPositive: "Course enrollment revenue must be positive"
        case .revenueNegative: "Revenue must not be negative"
        case .tooManyDecimals(let digits): "Revenue must have at most \(digits) decimal places"
        case .dataNoObject: "event_data must be an object"
        case .bodyNoObject: "The body must be a JSON object"
        case .event(let code): code.sentence
        }
    }

    /// The same for the books.
    var eventFault: EventFault {
        let code: EventFault.Code =
            switch self {
            case .missing, .purchaseWithoutRevenue: .missingMember
            case .dataNoObject, .bodyNoObject: .wrongType
            case .event(let code): code
            case .notUUID, .typeMalformed, .revenueMalformed, .currencyMalformed,
                .courseRevenueNotPositive, .revenueNegative, .tooManyDecimals:
                .invalidValue
            }
        return EventFault(code, at: "/\(field.rawValue)")
    }
}

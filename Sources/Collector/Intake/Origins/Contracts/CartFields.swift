import ConveyProtocol
import JSON

/// The fields of a cart event, in the order in which they are validated.
enum CartField: String, CaseIterable {
    case storeName, productId, productTitle, productUrl, variantId, customerEmail
    case customerFirstName, customerLastName, generatedImageUrl, personImageUrl, clothingImageUrl
    case userAgent, sessionId
    /// The whole event, where it is no object or breaks a rule of every event.
    case event
    /// The list of a bulk request.
    case events
}

/// What is wrong with a cart event: the first of its fields that breaks a rule.
struct CartFault: Error, Equatable {
    let field: CartField
    let reason: Reason

    /// The rule, in the contract's words.
    enum Reason: String, CaseIterable {
        case required = "Field is required"
        case email = "Must be a valid e-mail address"
        case url = "Must be a valid URL"
        case unknownStore = "Store is not known here"
        case string = "Must be a string"
        case identifier = "Must be a string or a number"
        case object = "Must be an object"
        case list = "Must be an array of 1 to 500 events"
        case event = "Breaks a rule of every event"
    }

    init(_ field: CartField, _ reason: Reason) {
        self.field = field
        self.reason = reason
    }

    var message: String {
        "\(field.rawValue) is \(reason == .required ? "required" : "invalid")"
    }

    /// The same for the books.
    var eventFault: EventFault {
        let code: EventFault.Code =
            switch reason {
            case .required: .missingMember
            case .email, .url, .event: .invalidValue
            case .unknownStore: .unknownSite
            case .string, .identifier, .object, .list: .wrongType
            }
        return EventFault(code, at: "/\(field.rawValue)")
    }
}

/// Reads fields of a cart event. Null and the empty string are absent.
struct CartFields {
    private var values: [JSONElement?]

    init(_ object: JSONElement) throws(CartFault) {
        guard let members = object.object else { throw CartFault(.event, .object) }
        values = Array(repeating: nil, count: CartField.allCases.count)
        for (key, value) in members where !value.isNull && value.utf8Count != 0 {
            guard let name = key.string, let field = CartField(rawValue: name) else { continue }
            values[field.index] = value
        }
    }

    func text(_ field: CartField) throws(CartFault) -> String? {
        guard let value = values[field.index] else { return nil }
        guard let text = value.string else { throw CartFault(field, .string) }
        return text
    }

    /// A string, or a number as its digits.
    func identifier(_ field: CartField) throws(CartFault) -> String? {
        guard let value = values[field.index] else { return nil }
        if let number = value.int64 { return String(number) }
        if let number = value.uint64 { return String(number) }
        if let number = value.double {
            return Int64(exactly: number)?.description ?? number.description
        }
        guard let text = value.string else { throw CartFault(field, .identifier) }
        return text
    }

    func url(_ field: CartField) throws(CartFault) -> String? {
        guard let url = try text(field) else { return nil }
        guard ContractText.isURL(url) else { throw CartFault(field, .url) }
        return url
    }

    func email(_ field: CartField) throws(CartFault) -> String? {
        guard let email = try text(field) else { return nil }
        guard ContractText.isEmail(email) else { throw CartFault(field, .email) }
        return email
    }
}

extension CartField {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

internal import JSON
internal import Time

/// A request of the right form, as far as the double understands it.
struct IngestRequest: Sendable {
    struct Destination: Sendable, Equatable {
        var reference = ""
        var operatingAccount = ""
        var operatingType = ""
        var loginAccount: String?
        var loginType = ""
        var conversionAction = ""
    }

    struct Identifier: Sendable {
        var email: String?
        var phone: String?
        var address: [String: String]?
    }

    struct Event: Sendable {
        var references: [String] = []
        var transactionID = ""
        var at: Timestamp?
        var source = ""
        /// Kind and value of gclid, gbraid and wbraid.
        var clicks: [(kind: String, value: String)] = []
        var hasOtherAdIdentifier = false
        var value: Double?
        var currency = ""
        var identifiers: [Identifier] = []
        var hasUserData = false
        var adUserData = ""
    }

    var destinations: [Destination] = []
    var events: [Event] = []
    var adUserData = ""
    var encoding = ""
    var validateOnly = false

    /// Reads what `WireCheck` found right.
    init(_ root: JSONElement) {
        for (key, value) in Self.members(root) {
            switch key {
            case "destinations": destinations = Self.list(value, Destination.init)
            case "events": events = Self.list(value, Event.init)
            case "consent": adUserData = Self.adUserData(value)
            case "encoding": encoding = Self.word(value, ["", "HEX", "BASE64"])
            case "validateOnly": validateOnly = value.bool ?? false
            default: break
            }
        }
    }

    static func members(_ element: JSONElement?) -> [(String, JSONElement)] {
        guard let object = element?.object else { return [] }
        return object.compactMap { member in
            guard !member.value.isNull, let key = member.key.string else { return nil }
            return (key.contains("_") ? camelCase(key) : key, member.value)
        }
    }

    static func list<Value>(_ element: JSONElement, _ make: (JSONElement) -> Value) -> [Value] {
        element.array.map { $0.map(make) } ?? []
    }

    static func adUserData(_ element: JSONElement) -> String {
        let value = members(element).first { $0.0 == "adUserData" }?.1
        return value.map { word($0, ["", "CONSENT_GRANTED", "CONSENT_DENIED"]) } ?? ""
    }

    /// An enumeration's word, also where it came as a number; unspecified is empty.
    static func word(_ element: JSONElement, _ words: [String]) -> String {
        if let text = element.string { return text.hasSuffix("_UNSPECIFIED") ? "" : text }
        guard let number = element.int64 else { return "" }
        return words.indices.contains(Int(number)) ? words[Int(number)] : "\(number)"
    }

    private static func camelCase(_ name: String) -> String {
        let parts = name.split(separator: "_")
        return parts.dropFirst().reduce(String(parts.first ?? "")) { text, part in
            text + part.prefix(1).uppercased() + part.dropFirst()
        }
    }
}

extension IngestRequest.Destination {
    init(_ element: JSONElement) {
        for (key, value) in IngestRequest.members(element) {
            switch key {
            case "reference": reference = value.string ?? ""
            case "operatingAccount": (operatingAccount, operatingType) = Self.account(value)
            case "loginAccount":
                let (id, type) = Self.account(value)
                (loginAccount, loginType) = (id, type)
            case "productDestinationId": conversionAction = value.string ?? ""
            default: break
            }
        }
    }

    private static func account(_ element: JSONElement) -> (id: String, type: String) {
        var (id, type) = ("", "")
        for (key, value) in IngestRequest.members(element) {
            switch key {
            case "accountId": id = value.string ?? ""
            case "accountType", "product": type = IngestRequest.word(value, ["", "GOOGLE_ADS"])
            default: break
            }
        }
        return (id, type)
    }
}

extension IngestRequest.Event {
    init(_ element: JSONElement) {
        for (key, value) in IngestRequest.members(element) {
            switch key {
            case "destinationReferences":
                references = IngestRequest.list(value) { $0.string ?? "" }
            case "transactionId": transactionID = value.string ?? ""
            case "eventTimestamp": at = value.string.flatMap { Timestamp(rfc3339: $0) }
            case "eventSource":
                source = IngestRequest.word(
                    value, ["", "WEB", "APP", "IN_STORE", "PHONE", "OTHER", "MESSAGE"])
            case "adIdentifiers": takeClicks(value)
            case "conversionValue": self.value = value.double ?? value.string.flatMap(Double.init)
            case "currency": currency = value.string ?? ""
            case "consent": adUserData = IngestRequest.adUserData(value)
            case "userData":
                hasUserData = true
                for (key, value) in IngestRequest.members(value) where key == "userIdentifiers" {
                    identifiers = IngestRequest.list(value, IngestRequest.Identifier.init)
                }
            default: break
            }
        }
    }

    private mutating func takeClicks(_ element: JSONElement) {
        for (key, value) in IngestRequest.members(element) {
            if ["gclid", "gbraid", "wbraid"].contains(key) {
                if let text = value.string, !text.isEmpty { clicks.append((key, text)) }
            } else if !["landingPageDeviceInfo", "sessionAttributes"].contains(key) {
                hasOtherAdIdentifier = true
            }
        }
    }
}

extension IngestRequest.Identifier {
    init(_ element: JSONElement) {
        for (key, value) in IngestRequest.members(element) {
            switch key {
            case "emailAddress": email = value.string
            case "phoneNumber": phone = value.string
            case "address":
                address = Dictionary(
                    IngestRequest.members(value).map { ($0.0, $0.1.string ?? "") },
                    uniquingKeysWith: { first, _ in first })
            default: break
            }
        }
    }
}

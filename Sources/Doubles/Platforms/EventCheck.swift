internal import Crypto
internal import Time

/// Checks what a request of the right form says: everything that Google's documentation asks for, and
/// what its error reasons imply. One fault turns the whole request away. Pure.
/// - Source: google-ads-datamanager 0.9.4, types/error.py, and the guides of 2026-11.
struct EventCheck {
    static let eventsMax = 2000
    static let destinationsMax = 10
    static let identifiersMax = 10
    static let futureMax: Duration = .seconds(86_400)

    private let request: IngestRequest
    private let now: Timestamp
    private(set) var violations: [Violation] = []

    init(_ request: IngestRequest, at now: Timestamp) {
        (self.request, self.now) = (request, now)
        checkRequest()
        for (index, destination) in request.destinations.enumerated() {
            check(destination, at: "destinations[\(index)]")
        }
        for (index, event) in request.events.enumerated() {
            check(event, at: "events[\(index)]")
        }
    }

    private mutating func wrong(_ field: String, _ reason: String) {
        guard violations.count < WireCheck.violationsMax else { return }
        violations.append(
            Violation(field: field, description: "The value is not allowed.", reason: reason))
    }

    private mutating func checkRequest() {
        if request.destinations.isEmpty { wrong("destinations", "REQUIRED_FIELD_MISSING") }
        if request.destinations.count > Self.destinationsMax {
            wrong("destinations", "TOO_MANY_DESTINATIONS")
        }
        if request.events.isEmpty { wrong("events", "REQUIRED_FIELD_MISSING") }
        if request.events.count > Self.eventsMax { wrong("events", "TOO_MANY_EVENTS") }
        if request.encoding.isEmpty, request.events.contains(where: \.hasUserData) {
            wrong("encoding", "REQUIRED_FIELD_MISSING")
        }
        let references = request.destinations.map(\.reference).filter { !$0.isEmpty }
        if Set(references).count < references.count {
            wrong("destinations", "DUPLICATE_DESTINATION_REFERENCE")
        }
    }

    private mutating func check(_ destination: IngestRequest.Destination, at path: String) {
        account(destination.operatingAccount, destination.operatingType, "\(path).operatingAccount")
        if let login = destination.loginAccount {
            account(login, destination.loginType, "\(path).loginAccount")
        }
        let action = destination.conversionAction
        if action.isEmpty {
            wrong("\(path).productDestinationId", "REQUIRED_FIELD_MISSING")
        } else if !Self.isDigits(action, 1...19) {
            wrong("\(path).productDestinationId", "INVALID_CONVERSION_ACTION_ID")
        }
    }

    private mutating func account(_ id: String, _ type: String, _ path: String) {
        if id.isEmpty { return wrong("\(path).accountId", "REQUIRED_FIELD_MISSING") }
        if type.isEmpty { return wrong("\(path).accountType", "REQUIRED_FIELD_MISSING") }
        if type != "GOOGLE_ADS" { wrong("\(path).accountType", "INVALID_DESTINATION") }
        if !Self.isDigits(id, 10...10) { wrong("\(path).accountId", "INVALID_DESTINATION") }
    }

    private mutating func check(_ event: IngestRequest.Event, at path: String) {
        if event.transactionID.isEmpty { wrong("\(path).transactionId", "REQUIRED_FIELD_MISSING") }
        if event.transactionID.utf8.count > 512 {
            wrong("\(path).transactionId", "FIELD_VALUE_TOO_LONG")
        }
        if event.source.isEmpty { wrong("\(path).eventSource", "REQUIRED_FIELD_MISSING") }
        if let at = event.at {
            if at > now + Self.futureMax { wrong("\(path).eventTimestamp", "EVENT_TIME_INVALID") }
        } else {
            wrong("\(path).eventTimestamp", "REQUIRED_FIELD_MISSING")
        }
        checkMoney(event, at: path)
        checkIdentity(event, at: path)
        let known = Set(request.destinations.map(\.reference))
        if !event.references.allSatisfy({ known.contains($0) && !$0.isEmpty }) {
            wrong("\(path).destinationReferences", "INVALID_DESTINATION")
        }
    }

    private mutating func checkMoney(_ event: IngestRequest.Event, at path: String) {
        if let value = event.value {
            if !value.isFinite || value < 0 || value > 1e12 {
                wrong("\(path).conversionValue", "INVALID_NUMBER_FORMAT")
            }
            if event.currency.isEmpty { wrong("\(path).currency", "REQUIRED_FIELD_MISSING") }
        }
        if !event.currency.isEmpty, !Currencies.known.contains(event.currency) {
            wrong("\(path).currency", "INVALID_CURRENCY_CODE")
        }
    }

    private mutating func checkIdentity(_ event: IngestRequest.Event, at path: String) {
        if event.clicks.count > 1 { wrong("\(path).adIdentifiers", "INVALID_EVENT") }
        for (kind, value) in event.clicks where value.utf8.count > 2048 {
            wrong("\(path).adIdentifiers.\(kind)", "FIELD_VALUE_TOO_LONG")
        }
        if event.clicks.isEmpty, event.identifiers.isEmpty, !event.hasOtherAdIdentifier {
            wrong(path, "NO_IDENTIFIERS_PROVIDED")
        }
        if event.hasUserData, event.identifiers.isEmpty {
            wrong("\(path).userData.userIdentifiers", "REQUIRED_FIELD_MISSING")
        }
        if event.identifiers.count > Self.identifiersMax {
            wrong("\(path).userData.userIdentifiers", "TOO_MANY_USER_IDENTIFIERS")
        }
        for (index, identifier) in event.identifiers.enumerated() {
            check(identifier, at: "\(path).userData.userIdentifiers[\(index)]")
        }
    }

    private mutating func check(_ identifier: IngestRequest.Identifier, at path: String) {
        if let email = identifier.email { hash(email, "\(path).emailAddress") }
        if let phone = identifier.phone { hash(phone, "\(path).phoneNumber") }
        if let address = identifier.address { check(address, at: "\(path).address") }
        if identifier.email == nil, identifier.phone == nil, identifier.address == nil {
            wrong(path, "REQUIRED_FIELD_MISSING")
        }
    }

    private mutating func check(_ address: [String: String], at path: String) {
        for name in ["givenName", "familyName"] {
            if let value = address[name], !value.isEmpty {
                hash(value, "\(path).\(name)")
            } else {
                wrong("\(path).\(name)", "REQUIRED_FIELD_MISSING")
            }
        }
        let region = address["regionCode"] ?? ""
        if region.utf8.count != 2 || !region.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
            wrong("\(path).regionCode", "INVALID_REGION_CODE")
        }
        if (address["postalCode"] ?? "").isEmpty {
            wrong("\(path).postalCode", "INVALID_POSTAL_CODE")
        }
    }

    private mutating func hash(_ text: String, _ path: String) {
        let isHex = request.encoding != "BASE64"
        let bytes =
            isHex
            ? (text == text.lowercased() ? Hex.decode(text) : nil) : Base64.decode(text)
        guard let bytes else {
            return wrong(path, isHex ? "INVALID_HEX_ENCODING" : "INVALID_BASE64_ENCODING")
        }
        let ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        if bytes.count != 32 || Hex.encode(bytes) == ofNothing {
            wrong(path, "INVALID_SHA256_FORMAT")
        }
    }

    private static func isDigits(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// The currencies in use.
/// - Source: ISO 4217, list one.
enum Currencies {
    static let known = Set(
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
        BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
        GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW \
        KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD \
        NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD \
        SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES \
        VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))
}

import ConveyProtocol
import JSON
import Time

/// Reads the members beside the head, out of an event's line or a stored body: both name them alike.
extension Fact {
    mutating func fill(from object: JSONObject) {
        for (key, value) in object {
            switch key {
            case "visitor": visitor = value.text
            case "session": session = value.text
            case "user": user = value.object.flatMap(UserHashes.init)
            case "page": page = value.object.flatMap(Page.init)
            case "client":
                userAgent = value["user_agent"]?.text
                language = value["language"]?.text
            case "click":
                clicks = value.object.map(ClickID.all) ?? []
                campaign = value.object.flatMap(CampaignClick.init)
            case "utm": utm = value.object.flatMap(UTM.init)
            case "consent": consent = Consent(value)
            case "order": order = value.object.map(OrderReference.init)
            case "value": self.value = Money(value)
            case "items":
                items = value.array.map { $0.prefix(Self.itemsMax).compactMap(Item.init) } ?? []
            case "flags":
                isAutomatic = value.array?.contains { $0 == "bot" || $0 == "prefetch" } ?? false
            case "data" where source != .browser && source != .link:
                platform = PlatformDetails(value)
            default: continue
            }
        }
    }

    private static let itemsMax = 500
}

extension Fact.Page {
    /// Nil where the object names neither.
    fileprivate init?(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "url": url = value.text
            case "referrer": referrer = value.text
            default: continue
            }
        }
        if url == nil && referrer == nil { return nil }
    }
}

extension Fact.UTM {
    fileprivate init?(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "source": source = value.text
            case "medium": medium = value.text
            case "campaign": campaign = value.text
            case "term": term = value.text
            case "content": content = value.text
            case "id": id = value.text
            default: continue
            }
        }
        if self == Self() { return nil }
    }
}

extension ClickID {
    fileprivate static func all(_ object: JSONObject) -> [ClickID] {
        var found: [ClickID] = []
        for (key, value) in object {
            let kind: Kind? =
                switch key {
                case "gclid": .gclid
                case "gbraid": .gbraid
                case "wbraid": .wbraid
                case "fbclid": .fbclid
                case "msclkid": .msclkid
                case "ttclid": .ttclid
                default: nil
                }
            if let kind, let text = value.text { found.append(ClickID(kind, text)) }
        }
        return found.sorted()
    }
}

extension Fact.CampaignClick {
    fileprivate init?(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "ct_tracking_id": trackingID = value.text
            case "ct_campaign_link_id": linkID = value.text
            default: continue
            }
        }
        if trackingID == nil && linkID == nil { return nil }
    }
}

extension Consent {
    /// Nil unless all three answers can be read.
    fileprivate init?(_ value: JSONElement) {
        guard let analytics = value["analytics"]?.string.flatMap(State.init),
            let adUserData = value["ad_user_data"]?.string.flatMap(State.init),
            let adPersonalization = value["ad_personalization"]?.string.flatMap(State.init)
        else { return nil }
        self.init(
            analytics: analytics, adUserData: adUserData, adPersonalization: adPersonalization)
    }
}

extension Money {
    /// Nil unless amount and currency can be read.
    fileprivate init?(_ value: JSONElement) {
        guard let micros = value["amount"]?.micros,
            let currency = value["currency"]?.string.flatMap({ Currency($0) })
        else { return nil }
        self.init(micros: micros, currency: currency)
    }
}

extension Fact.OrderReference {
    fileprivate init(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "id": id = value.text
            case "name": name = value.text
            case "cart_token": cartToken = value.text
            case "checkout_token": checkoutToken = value.text
            case "customer_id": customerID = value.text
            case "status": status = value.text
            case "test": isTest = value.bool == true
            default: continue
            }
        }
    }
}

extension Fact.Item {
    /// Nil for what is no object.
    fileprivate init?(_ element: JSONElement) {
        guard let object = element.object else { return nil }
        self.init()
        for (key, value) in object {
            switch key {
            case "id": id = value.text
            case "variant": variant = value.text
            case "sku": sku = value.text
            case "quantity": quantity = value.int64
            case "price": priceMicros = value.micros
            default: continue
            }
        }
    }
}

extension Fact.UserHashes {
    fileprivate init?(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "external_id": externalID = value.text
            case "email_sha256": email = value.text
            case "email_sha256_google": emailGoogle = value.text
            case "phone_sha256": phone = value.text
            case "phone_sha256_digits": phoneDigits = value.text
            case "first_name_sha256": firstName = value.text
            case "last_name_sha256": lastName = value.text
            case "street_sha256": street = value.text
            case "city_sha256": city = value.text
            case "state_sha256": state = value.text
            case "postal_code_sha256": postalCodeHash = value.text
            case "postal_code": postalCode = value.text
            case "country": country = value.text
            default: continue
            }
        }
        if self == Self() { return nil }
    }
}

extension Fact.PlatformDetails {
    /// Nil where `data` says nothing of an order's life.
    fileprivate init?(_ data: JSONElement) {
        guard let object = data.object else { return nil }
        self.init()
        for (key, value) in object {
            switch key {
            case "topic": topic = value.text
            case "created_at": createdAt = value.time
            case "processed_at": processedAt = value.time
            case "updated_at": modifiedAt = value.time
            case "cancelled_at": cancelledAt = value.time
            case "cancel_reason": cancelReason = value.text
            case "totals": currentTotalMicros = value["current_total"]?.micros
            case "refund_id": refundID = value.text
            case "refunds":
                guard let listed = value.array else { continue }
                refunds = listed.prefix(Self.refundsMax).compactMap(Fact.Refund.init)
            default: continue
            }
        }
        if self == Self() { return nil }
    }
}

extension Fact.Refund {
    /// Nil for one without id or amount. Some platforms write what went back as a negative amount.
    fileprivate init?(_ value: JSONElement) {
        guard let id = value["id"]?.text, let micros = value["amount"]?.micros else { return nil }
        self.init(
            id: id, micros: abs(micros),
            currency: value["currency"]?.string.flatMap { Currency($0) }, at: value["at"]?.time)
    }
}

extension JSONElement {
    /// A string that is not empty, or an integer's digits.
    fileprivate var text: String? {
        if let number = int64 { return String(number) }
        guard let text = string, !text.isEmpty else { return nil }
        return text
    }

    /// A decimal amount in a string, or an integer.
    fileprivate var micros: Int64? {
        if let number = int64 { return DecimalAmount(String(number))?.micros }
        return withUTF8 { DecimalAmount(utf8: $0)?.micros } ?? nil
    }

    /// An RFC 3339 time.
    var time: Timestamp? { withUTF8 { Timestamp(rfc3339: $0) } ?? nil }
}

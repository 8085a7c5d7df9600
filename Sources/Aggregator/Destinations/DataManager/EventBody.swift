internal import ConveyProtocol
internal import JSON
internal import Time

/// Writes an `IngestEventsRequest`. Pure: the same batch makes the same bytes.
/// - Source: google-ads-datamanager 0.9.4, types/ingestion_service.py, event.py, destination.py.
enum EventBody {
    /// A browser's name longer than this is left out: it says nothing more.
    static let userAgentBytesMax = 1024

    /// The whole body.
    static func bytes(_ batch: PlatformBatch) -> [UInt8] {
        var json = JSONWriter(capacity: 256 + 512 * batch.uploads.count)
        json.object { json in
            json.key("destinations")
            json.array { json in json.object { destination(batch.address, &$0) } }
            if batch.uploads.contains(where: { $0.user?.isEmpty == false }) {
                json.key("encoding")
                json.string("HEX")
            }
            if batch.validateOnly {
                json.key("validateOnly")
                json.bool(true)
            }
            json.key("events")
            json.array { json in
                for upload in batch.uploads { json.object { event(upload, &$0) } }
            }
        }
        return json.bytes
    }

    private static func destination(_ address: DestinationAddress, _ json: inout JSONWriter) {
        account("operatingAccount", address.operatingAccount, &json)
        if let login = address.loginAccount { account("loginAccount", login, &json) }
        json.key("productDestinationId")
        json.string(address.conversionAction)
    }

    private static func account(_ name: StaticString, _ id: String, _ json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            json.key("accountType")
            json.string("GOOGLE_ADS")
            json.key("accountId")
            json.string(id)
        }
    }

    private static func event(_ upload: PlatformUpload, _ json: inout JSONWriter) {
        json.key("transactionId")
        json.string(upload.transactionID)
        json.key("eventTimestamp")
        json.string { upload.occurredAt.appendRFC3339(to: &$0) }
        json.key("eventSource")
        json.string("WEB")
        if let click = upload.click {
            json.key("adIdentifiers")
            json.object { json in
                json.key(name(of: click.kind))
                json.string(click.value)
            }
        }
        json.key("conversionValue")
        // Decimal digits of the micros: no floating-point number comes between.
        json.verbatim(DecimalAmount(micros: upload.value.micros).text().utf8.span)
        json.key("currency")
        json.string(upload.value.currency.description)
        consent(upload.consent, &json)
        if let user = upload.user, !user.isEmpty { self.user(user, &json) }
        if let agent = upload.userAgent, (1...userAgentBytesMax).contains(agent.utf8.count) {
            json.key("eventDeviceInfo")
            json.object { json in
                json.key("userAgent")
                json.string(agent)
            }
        }
    }

    private static func name(of kind: PlatformClick.Kind) -> StaticString {
        switch kind {
        case .gclid: "gclid"
        case .gbraid: "gbraid"
        case .wbraid: "wbraid"
        }
    }

    private static func consent(_ consent: Consent, _ json: inout JSONWriter) {
        let purposes: [(StaticString, Consent.State)] = [
            ("adUserData", consent.adUserData), ("adPersonalization", consent.adPersonalization),
        ]
        guard purposes.contains(where: { $0.1 != .unknown }) else { return }
        json.key("consent")
        json.object { json in
            for (name, state) in purposes where state != .unknown {
                json.key(name)
                json.string(state == .granted ? "CONSENT_GRANTED" : "CONSENT_DENIED")
            }
        }
    }

    /// Each identifier is an element of its own, as the interface asks.
    private static func user(_ user: PlatformUser, _ json: inout JSONWriter) {
        json.key("userData")
        json.object { json in
            json.key("userIdentifiers")
            json.array { json in
                one("emailAddress", user.emailSHA256, &json)
                one("phoneNumber", user.phoneSHA256, &json)
                if let address = user.address { self.address(address, &json) }
            }
        }
    }

    private static func one(_ name: StaticString, _ hash: String?, _ json: inout JSONWriter) {
        guard let hash else { return }
        json.object { json in
            json.key(name)
            json.string(hash)
        }
    }

    private static func address(_ address: PlatformUser.Address, _ json: inout JSONWriter) {
        let members: [(StaticString, String)] = [
            ("givenName", address.firstNameSHA256), ("familyName", address.lastNameSHA256),
            ("regionCode", address.country), ("postalCode", address.postalCode),
        ]
        json.object { json in
            json.key("address")
            json.object { json in
                for (name, value) in members {
                    json.key(name)
                    json.string(value)
                }
            }
        }
    }
}

internal import JSON
internal import Time

/// Why settings could not be read; the newest good ones stay in force.
package struct SettingsFault: Error, Equatable, Sendable {
    /// What was being done.
    package let operation: String
    /// What the operator can do.
    package let advice = "Upgrade the collector to the aggregator's version."
    /// The next version may be readable.
    package let canRetry = true
}

extension SiteSettings {
    /// Reads the body of a signed answer, or the cache of one. What this version does not know is
    /// passed over; what is left out has its default.
    /// - Throws: `SettingsFault` for another schema and for whatever does not have the form.
    package init(json body: [UInt8]) throws(SettingsFault) {
        self = try SettingsText.read(body) { (root) throws(AnswerRefusal) in
            try SiteSettings(AnswerMembers(root))
        }
    }

    private init(_ members: AnswerMembers) throws(AnswerRefusal) {
        _ = try members.integer("schema", in: Int64(Self.schema)...Int64(Self.schema))
        self.init(
            version: try members.integer("version"),
            collector: try members.identifier("collector"),
            organization: try members.identifier("organization"),
            issuedAt: try members.time("issued_at"))
        guard let list = try members.element("sites").array else { throw .wrongMember("sites") }
        for site in list { sites.append(try Site(AnswerMembers(site))) }
    }
}

extension SiteSettings.Site {
    /// Reads one site alone, as the aggregator keeps it.
    package init(json text: [UInt8]) throws(SettingsFault) {
        self = try SettingsText.read(text) { (root) throws(AnswerRefusal) in
            try SiteSettings.Site(AnswerMembers(root))
        }
    }

    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        self.init(
            id: try members.identifier("id"), name: try members.string("name"),
            platform: try members.choice("platform"),
            currency: try members.required(Currency(try members.string("currency")), "currency"),
            timeZone: try members.string("time_zone"))
        isEnabled = try members.bool("enabled")
        siteKeys = try members.strings("site_keys")
        serverKeys = try members.strings("server_keys")
        origins = try members.strings("origins")
        try readRules(members)
    }

    /// Everything that may be left out.
    private mutating func readRules(_ members: AnswerMembers) throws(AnswerRefusal) {
        if members.isSet("null_origin") { allowsNullOrigin = try members.bool("null_origin") }
        if members.isSet("privacy") { privacy = try members.choice("privacy") }
        if members.isSet("address") { address = try members.choice("address") }
        if members.isSet("scrub_query") { scrubbedQuery = try members.strings("scrub_query") }
        webhookSecrets = try members.values("webhook_secrets") { $0.strings }
        lanes = try members.values("lanes") { $0.string.flatMap(Lane.init) }
        features = try members.values("features") { $0.bool }
        if members.isSet("consent") {
            consent = try SiteSettings.ConsentRule(AnswerMembers(try members.element("consent")))
        }
        if members.isSet("limits") {
            limits = try SiteSettings.Limits(AnswerMembers(try members.element("limits")))
        }
        try readTracking(members)
        try readCampaigns(members)
    }

    private mutating func readTracking(_ members: AnswerMembers) throws(AnswerRefusal) {
        if members.isSet("country") {
            let text = try members.string("country")
            country = try members.required(Self.isCountry(text) ? text : nil, "country")
        }
        try members.read("record_location", into: &recordsLocation)
        try members.read("track_pageviews", into: &tracksPageviews)
        try members.read("track_clicks", into: &tracksClicks)
        try members.read("custom_events_enabled", into: &takesCustomEvents)
        if members.isSet("storage") { storage = try members.choice("storage") }
    }

    private mutating func readCampaigns(_ members: AnswerMembers) throws(AnswerRefusal) {
        if members.isSet("conversion_warning_above") {
            warnsAbove = try members.required(
                DecimalAmount(try members.string("conversion_warning_above")),
                "conversion_warning_above")
        }
        guard members.isSet("links") else { return }
        let list = try members.required(try members.element("links").array, "links")
        for link in list { links.append(try SiteSettings.CampaignLink(AnswerMembers(link))) }
    }

    /// Tells whether a text has the form of a country's code: two capital letters.
    package static func isCountry(_ text: String) -> Bool { TextRule.isCountry(text.utf8.span) }
}

extension SiteSettings.Limits {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        self.init()
        try members.read("requests_per_minute", into: &requestsPerMinute)
        try members.read("cart_requests_per_minute", into: &cartRequestsPerMinute)
        try members.read("cart_requests_per_hour", into: &cartRequestsPerHour)
        try members.read("trusted_requests_per_minute", into: &trustedRequestsPerMinute)
    }
}

extension SiteSettings.CampaignLink {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        let id: LinkID = try members.identifier("id")
        let code = try members.string("code")
        guard Self.isCode(code) else { throw .wrongMember("code") }
        self.init(id: id.description, code: code, target: try members.string("target"))
        if members.isSet("window_days") {
            windowDays = Int(try members.integer("window_days", in: 1...90))
        }
        if members.isSet("expires_at") { expiresAt = try members.time("expires_at") }
    }
}

extension SiteSettings.ConsentRule {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        self.init()
        if members.isSet("gpc") { honoursGPC = try members.bool("gpc") }
        if members.isSet("dnt") { honoursDNT = try members.bool("dnt") }
        if members.isSet("policy") { policy = try members.string("policy") }
    }
}

/// Settings as text.
private enum SettingsText {
    static func read<Value>(
        _ text: [UInt8], _ value: (JSONElement) throws(AnswerRefusal) -> Value
    ) throws(SettingsFault) -> Value {
        do throws(AnswerRefusal) {
            var parser = JSONParser(bytesMax: SiteSettings.bytesMax, depthMax: 8)
            return try parser.parse(text.span, orThrow: AnswerRefusal.init, value)
        } catch {
            throw SettingsFault(operation: "read site settings")
        }
    }
}

extension AnswerMembers {
    /// Whether the member is there and not null.
    fileprivate func isSet(_ name: StaticString) -> Bool { optional(name) != nil }

    private func optional(_ name: StaticString) -> JSONElement? {
        has(name) ? value(of: name).flatMap { $0.isNull ? nil : $0 } : nil
    }

    private func value(of name: StaticString) -> JSONElement? {
        do throws(AnswerRefusal) {
            return try element(name)
        } catch {
            return nil
        }
    }

    /// A number of at least 1; what is left out stays.
    fileprivate func read(
        _ name: StaticString, into number: inout Int
    ) throws(AnswerRefusal) {
        if isSet(name) { number = Int(try integer(name, in: 1...BatchHeader.seqMax)) }
    }

    /// A switch; what is left out stays.
    fileprivate func read(
        _ name: StaticString, into flag: inout Bool
    ) throws(AnswerRefusal) {
        if isSet(name) { flag = try bool(name) }
    }

    fileprivate func choice<Choice: RawRepresentable<String>>(
        _ name: StaticString
    ) throws(AnswerRefusal) -> Choice {
        try required(Choice(rawValue: try string(name)), name)
    }

    fileprivate func strings(_ name: StaticString) throws(AnswerRefusal) -> [String] {
        try required(try element(name).strings, name)
    }

    /// An object of values of one kind; empty when it is left out.
    fileprivate func values<Value>(
        _ name: StaticString, _ read: (JSONElement) -> Value?
    ) throws(AnswerRefusal) -> [String: Value] {
        guard let element = optional(name) else { return [:] }
        let object = try required(element.object, name)
        var values: [String: Value] = [:]
        for (key, element) in object {
            values[try required(key.string, name)] = try required(read(element), name)
        }
        return values
    }
}

extension JSONElement {
    /// The texts of an array of nothing but texts.
    fileprivate var strings: [String]? {
        guard let array else { return nil }
        var texts: [String] = []
        for element in array {
            guard let text = element.string else { return nil }
            texts.append(text)
        }
        return texts
    }
}

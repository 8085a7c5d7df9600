internal import FoundationEssentials
internal import Time

extension SiteSettings {
    /// Writes the body of the answer; members in a fixed order, so that one version has one text.
    package func json() throws(SettingsFault) -> [UInt8] { try SettingsText.write(self) }

    /// Reads the body of a signed answer, or the cache of one.
    /// - Throws: `SettingsFault` for another schema and for whatever does not have the form.
    package init(json body: [UInt8]) throws(SettingsFault) {
        self = try SettingsText.read(SiteSettings.self, body)
    }
}

extension SiteSettings.Site {
    /// Writes one site alone, as the aggregator keeps it.
    package func json() throws(SettingsFault) -> [UInt8] { try SettingsText.write(self) }

    /// Reads one site alone.
    package init(json text: [UInt8]) throws(SettingsFault) {
        self = try SettingsText.read(SiteSettings.Site.self, text)
    }
}

/// Settings as text.
private enum SettingsText {
    static func write(_ value: some Encodable) throws(SettingsFault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw SettingsFault(operation: "write site settings")
        }
    }

    static func read<Value: Decodable>(
        _ type: Value.Type, _ text: [UInt8]
    ) throws(SettingsFault) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch {
            throw SettingsFault(operation: "read site settings")
        }
    }
}

/// Why settings could not be read or written; the newest good ones stay in force.
package struct SettingsFault: Error, Equatable, Sendable {
    /// What failed.
    package let operation: String
    /// What the operator can do.
    package let advice = "Upgrade the collector to the aggregator's version."
    /// Newer settings may be readable.
    package let canRetry = true
}

extension SiteSettings: Codable {
    private enum Key: String, CodingKey {
        case schema, version, collector, organization, sites
        case issuedAt = "issued_at"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        guard try values.decode(Int.self, forKey: .schema) == Self.schema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: values, debugDescription: "another schema")
        }
        version = try values.decode(Int64.self, forKey: .version)
        collector = try values.decode(CollectorID.self, forKey: .collector)
        organization = try values.decode(OrganizationID.self, forKey: .organization)
        issuedAt = try values.decode(Timestamp.self, forKey: .issuedAt)
        sites = try values.decode([Site].self, forKey: .sites)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(Self.schema, forKey: .schema)
        try values.encode(version, forKey: .version)
        try values.encode(collector, forKey: .collector)
        try values.encode(organization, forKey: .organization)
        try values.encode(issuedAt, forKey: .issuedAt)
        try values.encode(sites, forKey: .sites)
    }
}

extension SiteSettings.Site: Codable {
    private enum Key: String, CodingKey {
        case id, name, platform, currency, origins, privacy, address, consent, lanes, features
        case limits
        case isEnabled = "enabled"
        case timeZone = "time_zone"
        case siteKeys = "site_keys"
        case serverKeys = "server_keys"
        case allowsNullOrigin = "null_origin"
        case webhookSecrets = "webhook_secrets"
        case scrubbedQuery = "scrub_query"
    }

    private struct Limits: Codable {
        var requestsPerMinute: Int?

        enum CodingKeys: String, CodingKey {
            case requestsPerMinute = "requests_per_minute"
        }
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(
            id: try values.decode(SiteID.self, forKey: .id),
            name: try values.decode(String.self, forKey: .name),
            platform: try values.decode(SiteSettings.Platform.self, forKey: .platform),
            currency: try values.decode(Currency.self, forKey: .currency),
            timeZone: try values.decode(String.self, forKey: .timeZone))
        isEnabled = try values.decode(Bool.self, forKey: .isEnabled)
        siteKeys = try values.decode([String].self, forKey: .siteKeys)
        serverKeys = try values.decode([String].self, forKey: .serverKeys)
        origins = try values.decode([String].self, forKey: .origins)
        try decodeOptional(values)
    }

    private mutating func decodeOptional(_ values: KeyedDecodingContainer<Key>) throws {
        func value<Value: Decodable>(_ key: Key, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        allowsNullOrigin = try value(.allowsNullOrigin, allowsNullOrigin)
        webhookSecrets = try value(.webhookSecrets, webhookSecrets)
        privacy = try value(.privacy, privacy)
        address = try value(.address, address)
        consent = try value(.consent, consent)
        scrubbedQuery = try value(.scrubbedQuery, scrubbedQuery)
        lanes = try value(.lanes, lanes)
        features = try value(.features, features)
        let limits = try values.decodeIfPresent(Limits.self, forKey: .limits)
        requestsPerMinute = limits?.requestsPerMinute ?? requestsPerMinute
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(id, forKey: .id)
        try values.encode(name, forKey: .name)
        try values.encode(platform, forKey: .platform)
        try values.encode(currency, forKey: .currency)
        try values.encode(timeZone, forKey: .timeZone)
        try values.encode(isEnabled, forKey: .isEnabled)
        try values.encode(siteKeys, forKey: .siteKeys)
        try values.encode(serverKeys, forKey: .serverKeys)
        try values.encode(origins, forKey: .origins)
        try values.encode(allowsNullOrigin, forKey: .allowsNullOrigin)
        try values.encode(webhookSecrets, forKey: .webhookSecrets)
        try values.encode(privacy, forKey: .privacy)
        try values.encode(address, forKey: .address)
        try values.encode(consent, forKey: .consent)
        try values.encode(scrubbedQuery, forKey: .scrubbedQuery)
        try values.encode(lanes, forKey: .lanes)
        try values.encode(features, forKey: .features)
        try values.encode(Limits(requestsPerMinute: requestsPerMinute), forKey: .limits)
    }
}

extension SiteSettings.ConsentRule: Codable {
    private enum Key: String, CodingKey {
        case honoursGPC = "gpc"
        case honoursDNT = "dnt"
        case policy
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init()
        honoursGPC = try values.decodeIfPresent(Bool.self, forKey: .honoursGPC) ?? honoursGPC
        honoursDNT = try values.decodeIfPresent(Bool.self, forKey: .honoursDNT) ?? honoursDNT
        policy = try values.decodeIfPresent(String.self, forKey: .policy)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(honoursGPC, forKey: .honoursGPC)
        try values.encode(honoursDNT, forKey: .honoursDNT)
        try values.encode(policy, forKey: .policy)
    }
}

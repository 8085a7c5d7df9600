internal import JSON
internal import Time

extension SiteSettings {
    /// Writes the body of the answer; members in the order of their names, so that one version has
    /// one text.
    package func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + sites.count * 1024)
        writer.object { writer in
            writer.member("collector", collector.description)
            writer.member("issued_at", issuedAt)
            if !keyHistory.statements.isEmpty {
                writer.key("key_statements")
                keyHistory.write(to: &writer)
            }
            writer.member("organization", organization.description)
            writer.member("schema", Int64(Self.schema))
            writer.key("sites")
            writer.array { writer in for site in sites { site.write(to: &writer) } }
            writer.member("version", version)
        }
        return writer.bytes
    }
}

extension SiteSettings.Site {
    /// Writes one site alone, as the aggregator keeps it.
    package func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        write(to: &writer)
        return writer.bytes
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("address", address.rawValue)
            consent.write(to: &writer)
            writer.member(
                "conversion_warning_above", warnsAbove.text(digitsMin: currency.minorDigits))
            writer.member("country", country)
            writer.member("currency", currency.description)
            writer.member("custom_events_enabled", takesCustomEvents)
            writer.member("enabled", isEnabled)
            writer.members("features", features) { $0.bool($1) }
            writer.member("id", id.description)
            writer.members("lanes", lanes) { $0.string($1.rawValue) }
            limits.write(to: &writer)
            writer.key("links")
            writer.array { writer in for link in links { link.write(to: &writer) } }
            writer.member("name", name)
            writer.member("null_origin", allowsNullOrigin)
            writer.member("origins", texts: origins)
            writer.member("platform", platform.rawValue)
            writer.member("privacy", privacy.rawValue)
            writer.member("record_location", recordsLocation)
            writer.member("scrub_query", texts: scrubbedQuery)
            writer.member("server_keys", texts: serverKeys)
            writer.member("site_keys", texts: siteKeys)
            writer.member("storage", storage.rawValue)
            writer.member("time_zone", timeZone)
            writer.member("track_clicks", tracksClicks)
            writer.member("track_pageviews", tracksPageviews)
            writer.members("webhook_secrets", webhookSecrets) { $0.texts($1) }
        }
    }
}

extension SiteSettings.ConsentRule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("consent")
        writer.object { writer in
            writer.member("dnt", honoursDNT)
            writer.member("gpc", honoursGPC)
            writer.key("policy")
            if let policy { writer.string(policy) } else { writer.null() }
        }
    }
}

extension SiteSettings.Limits {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("limits")
        writer.object { writer in
            writer.member("cart_requests_per_hour", Int64(cartRequestsPerHour))
            writer.member("cart_requests_per_minute", Int64(cartRequestsPerMinute))
            writer.member("requests_per_minute", Int64(requestsPerMinute))
            writer.member("trusted_requests_per_minute", Int64(trustedRequestsPerMinute))
        }
    }
}

extension SiteSettings.CampaignLink {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", code)
            if let expiresAt { writer.member("expires_at", expiresAt) }
            writer.member("id", id)
            writer.member("target", target)
            writer.member("window_days", windowDays.map { Int64($0) })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ texts: [String]) {
        array { writer in for text in texts { writer.string(text) } }
    }

    fileprivate mutating func member(_ name: StaticString, texts: [String]) {
        key(name)
        self.texts(texts)
    }

    fileprivate mutating func members<Value>(
        _ name: StaticString, _ values: [String: Value],
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        object { writer in
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                write(&writer, value)
            }
        }
    }
}

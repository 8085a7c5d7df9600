internal import JSON

/// Writing what an event says of a person: identity, clicks, consent.
extension EventBody {
    /// Writes hashes, the sender's own or made from raw values; raw values only where the site keeps
    /// them. Members that the schema does not name are left out: they may be personal.
    mutating func writeUser(
        _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let value else { return }
        guard value.kind == .object else { throw .at(.user, .wrongType) }
        let rule = EventSchema.user
        let parts = ObjectParts(value, rule)
        guard parts.hasAny else { return }
        noteUnnamed(in: value, rule, "/user/*")
        let privacy = context.rules.site.privacy
        let hashes = privacy == .drop ? [] : try hashes(of: parts)
        writer.key("user")
        try writer.object { writer throws(EventFault) in
            for (index, field) in rule.fields.enumerated() {
                try writeUserField(
                    index, field, parts[index], hashes, privacy: privacy, to: &writer)
            }
        }
    }

    private mutating func writeUserField(
        _ index: Int, _ field: FieldRule, _ value: JSONElement?,
        _ hashes: [(member: Int, hash: String)], privacy: SiteSettings.Privacy,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        switch field.form {
        case .hash:
            guard privacy != .drop else { return }
            if let value, ValueCheck.fault(value, .hash) == nil {
                writer.key(field.name)
                writer.element(value)
            } else if let made = hashes.first(where: { $0.member == index }) {
                writer.key(field.name)
                writer.string(made.hash)
            } else if value != nil {
                noteTruncation("/user/\(field.name)")
            }
        case .personal:
            guard privacy == .keep, let value else { return }
            writer.key(field.name)
            try write(value, field.form, at: { "/user/\(field.name)" }, to: &writer)
        default:
            guard let value else { return }
            writer.key(field.name)
            try write(value, field.form, at: { "/user/\(field.name)" }, to: &writer)
        }
    }

    private func hashes(
        of parts: ObjectParts
    ) throws(EventFault) -> [(member: Int, hash: String)] {
        var hashes: [(member: Int, hash: String)] = []
        let country = Self.country(of: parts) ?? context.rules.site.country
        for (index, field) in EventSchema.user.fields.enumerated() {
            guard case .personal(let kind) = field.form, let value = parts[index] else { continue }
            guard let text = value.string ?? value.int64.map({ String($0) }) else {
                throw EventFault(.wrongType, at: "/user/\(field.name)")
            }
            hashes += PersonalHash.hashes(of: text, as: kind, in: country)
        }
        return hashes
    }

    /// The country that the sender states for the person.
    private static func country(of parts: ObjectParts) -> String? {
        guard let index = EventSchema.user.fields.firstIndex(where: { $0.isCountry }),
            let text = parts[index]?.string?.uppercased(), TextRule.isCountry(text.utf8.span)
        else { return nil }
        return text
    }

    private mutating func noteUnnamed(
        in value: JSONElement, _ rule: ObjectRule, _ pointer: String
    ) {
        guard let members = value.object else { return }
        for (key, value) in members where Self.isPresent(value) {
            if let name = key.fieldName, rule.index(of: name) != nil { continue }
            return noteTruncation(pointer)
        }
    }

    // MARK: Clicks

    /// Writes click ids of legal form; the others go to `data`, where nobody takes them for clicks.
    /// - Returns: Whether one was written.
    mutating func writeClick(
        _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) -> Bool {
        guard let value else { return false }
        guard value.kind == .object else { throw .at(.click, .wrongType) }
        let rule = EventSchema.click
        noteUnnamed(in: value, rule, "/click/*")
        let parts = ObjectParts(value, rule)
        var valid: [(StaticString, String)] = []
        for (index, field) in rule.fields.enumerated() {
            guard let value = parts[index], !context.isOptedOut || field.isOfOurLinks
            else { continue }
            if let identifier = Self.identifier(in: value, field.form) {
                valid.append((field.name, identifier))
            } else {
                invalidClicks.append((field.name, value))
            }
        }
        guard !valid.isEmpty else { return false }
        writer.key("click")
        writer.object { writer in
            for (name, value) in valid {
                writer.key(name)
                writer.string(value)
            }
        }
        return true
    }

    private static func identifier(in value: JSONElement, _ form: FieldRule.Form) -> String? {
        guard case .click(let form) = form else { return nil }
        return value.string.flatMap { form.identifier(in: $0) }
    }

    // MARK: Consent

    /// Writes the person's answers; a browser's signals of denial win over the page's word.
    mutating func writeConsent(
        _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) {
        if let value, value.kind != .object { throw .at(.consent, .wrongType) }
        let rule = context.rules.site.consent
        let isDeniedByDNT = context.isDeniedByDNT
        guard value != nil || context.isOptedOut else { return }
        let policy = value?["policy"].flatMap { Self.isPresent($0) ? $0 : nil }
        var consent = Consent(
            analytics: try state(value, "analytics"),
            adUserData: try state(value, "ad_user_data"),
            adPersonalization: try state(value, "ad_personalization"))
        if context.isOptedOut {
            consent.adUserData = .denied
            consent.adPersonalization = .denied
        }
        if isDeniedByDNT { consent.analytics = .denied }
        writer.key("consent")
        try writer.object { writer throws(EventFault) in
            writer.member("analytics", consent.analytics.rawValue)
            writer.member("ad_user_data", consent.adUserData.rawValue)
            writer.member("ad_personalization", consent.adPersonalization.rawValue)
            if let policy {
                writer.key("policy")
                try write(
                    policy, .text(bytesMax: 128), at: { "/consent/policy" }, to: &writer)
            } else if let name = rule.policy {
                writer.member("policy", name)
            }
        }
    }

    /// `granted`, `denied`, `unknown`, or a truth value; absent is unknown.
    private func state(
        _ value: JSONElement?, _ name: StaticString
    ) throws(EventFault) -> Consent.State {
        guard let answer = value?[name], Self.isPresent(answer) else { return .unknown }
        if let isGranted = answer.bool { return isGranted ? .granted : .denied }
        switch answer {
        case "granted": return .granted
        case "denied": return .denied
        case "unknown": return .unknown
        default:
            let code: EventFault.Code = answer.kind == .string ? .invalidValue : .wrongType
            throw EventFault(code, at: "/consent/\(name)")
        }
    }
}

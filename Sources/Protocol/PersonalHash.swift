internal import Crypto

/// Normalizes personal values and hashes them, as the advertising platforms will compare them.
/// - Source: protocol/event.md, section 3.
enum PersonalHash {
    /// The hashes that a raw value yields, by member; empty for a value without a legal form.
    /// - Parameter country: of the person, else of the site: whose national phone numbers are read.
    static func hashes(
        of text: String, as field: PersonalField, in country: String?
    ) -> [(member: Int, hash: String)] {
        let trimmed = trimmed(text).lowercased()
        guard !trimmed.isEmpty else { return [] }
        switch field {
        case .email: return email(trimmed)
        case .phone: return phone(trimmed, country)
        case .firstName: return one("first_name_sha256", name(trimmed))
        case .lastName: return one("last_name_sha256", name(trimmed))
        case .street: return one("street_sha256", withSingleBlanks(trimmed))
        case .city: return one("city_sha256", placeName(trimmed))
        case .state: return one("state_sha256", placeName(trimmed))
        case .postalCode: return one("postal_code_sha256", postalCode(trimmed))
        }
    }

    /// What stands for an identifier that is an e-mail address: the hash of its trimmed, lower-cased
    /// text, in hex.
    static func pseudonym(_ text: [UInt8]) -> [UInt8] {
        let trimmed = trimmed(String(decoding: text, as: UTF8.self)).lowercased()
        return Array(SHA256Digest(of: Array(trimmed.utf8)).hex.utf8)
    }

    private static func one(_ name: StaticString, _ text: String) -> [(Int, String)] {
        guard !text.isEmpty, let member = EventSchema.user.index(of: FieldName(name))
        else { return [] }
        return [(member, SHA256Digest(of: Array(text.utf8)).hex)]
    }

    private static func email(_ text: String) -> [(Int, String)] {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."),
            !parts[1].hasPrefix("."), !parts[1].hasSuffix("."), !text.contains(where: isSpace)
        else { return [] }
        let isGoogle = parts[1] == "gmail.com" || parts[1] == "googlemail.com"
        let local = isGoogle ? String(parts[0].filter { $0 != "." }) : String(parts[0])
        return one("email_sha256", text) + one("email_sha256_google", "\(local)@\(parts[1])")
    }

    private static func phone(_ text: String, _ country: String?) -> [(Int, String)] {
        guard let digits = PhoneNumber.digits(of: text, in: country) else { return [] }
        return one("phone_sha256", "+" + digits) + one("phone_sha256_digits", digits)
    }

    /// Without punctuation, as both platforms want names; the blanks inside stay single.
    private static func name(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { !isPunctuation($0) }
        return trimmed(withSingleBlanks(String(String.UnicodeScalarView(kept))))
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            true
        default: scalar == "`" || scalar == "\u{B4}"
        }
    }

    private static func withSingleBlanks(_ text: String) -> String {
        text.split(whereSeparator: isSpace).joined(separator: " ")
    }

    private static func placeName(_ text: String) -> String {
        text.filter { character in
            !isSpace(character) && !".-()[]{}".contains(character)
                && !("0"..."9").contains(character)
        }
    }

    private static func postalCode(_ text: String) -> String {
        String(text.filter { !isSpace($0) }.prefix { $0 != "-" })
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(start[...last])
    }

    private static func isSpace(_ character: Character) -> Bool { character.isWhitespace }
}

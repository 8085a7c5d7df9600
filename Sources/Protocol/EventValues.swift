internal import JSON

/// Writing single values by their forms.
extension EventBody {
    /// Whether a value says anything: null and the empty string are absent.
    static func isPresent(_ value: JSONElement) -> Bool {
        !value.isNull && value.utf8Count != 0
    }

    mutating func writeText(
        _ value: JSONElement?, _ member: EventSchema.Member, to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let value, Self.isPresent(value) else { return }
        writer.key(member.name)
        try write(
            value, .identifier(bytesMax: 128), at: { "/\(member.name)" }, to: &writer)
    }

    /// Writes a value that is present; its name stands already.
    mutating func write(
        _ value: JSONElement, _ form: FieldRule.Form, at pointer: () -> String,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        switch form {
        case .text(let max): try text(value, max, .scrubbed, pointer, &writer)
        case .identifier(let max): try identifier(value, max, .identifier, pointer, &writer)
        case .reference(let max): try identifier(value, max, .reference, pointer, &writer)
        case .url(let max): try text(value, max, .url, pointer, &writer)
        case .personal: try text(value, PersonalField.bytesMax, .plain, pointer, &writer)
        case .quantity: try quantity(value, pointer, &writer)
        case .country, .currency: try capitals(value, form, pointer, &writer)
        case .flag, .hash, .click, .device, .consent, .amount:
            try ValueCheck.check(value, form, at: pointer)
            writer.element(value)
        }
    }

    /// How a text is changed before it is cut.
    enum Treatment {
        /// A raw personal value, where the site keeps such.
        case plain
        /// E-mail addresses are masked.
        case scrubbed
        /// Credentials and secret parameters, too.
        case url
        /// One that is an e-mail address becomes its hash: still the same for the same person.
        case identifier
        /// An identifier without leading `#`.
        case reference
    }

    /// Writes a string: the usual one as it is, any other without control characters, scrubbed and
    /// cut between two characters.
    mutating func text(
        _ value: JSONElement, _ bytesMax: Int, _ treatment: Treatment, _ pointer: () -> String,
        _ writer: inout JSONWriter
    ) throws(EventFault) {
        let treatment = TextTreatment(treatment, context)
        let outcome: (bytes: [UInt8]?, isCut: Bool)? = value.withUTF8 { text in
            treatment.apply(to: text, bytesMax)
        }
        guard let outcome else { throw EventFault(.wrongType, at: pointer()) }
        if outcome.isCut { noteTruncation(pointer()) }
        if let bytes = outcome.bytes {
            writer.string(utf8: bytes.span)
        } else {
            writer.element(value)
        }
    }

    /// Writes a string, or an integer as one: platforms send ids as either.
    private mutating func identifier(
        _ value: JSONElement, _ bytesMax: Int, _ treatment: Treatment, _ pointer: () -> String,
        _ writer: inout JSONWriter
    ) throws(EventFault) {
        if let number = value.int64 {
            writer.string(String(number))
        } else if let number = value.uint64 {
            writer.string(String(number))
        } else if let number = Self.globalNumber(value) {
            writer.string(number)
        } else {
            try text(value, bytesMax, treatment, pointer, &writer)
        }
    }

    private static func globalNumber(_ value: JSONElement) -> String? {
        value.withUTF8 { text in
            TextRule.globalNumber(text).flatMap { String(copying: text.extracting($0)) }
        } ?? nil
    }

    /// Writes a count: an integer, also one spelt `2.0` or `"2"`.
    private func quantity(
        _ value: JSONElement, _ pointer: () -> String, _ writer: inout JSONWriter
    ) throws(EventFault) {
        let number: Int64?
        switch value.kind {
        case .integer: number = value.int64
        case .double: number = value.double.flatMap { Int64(exactly: $0) }
        case .string: number = value.string.flatMap { Int64($0) }
        case .object, .array, .bool, .null, .unsigned:
            throw EventFault(.wrongType, at: pointer())
        }
        guard let number, (0...1_000_000).contains(number) else {
            throw EventFault(.invalidValue, at: pointer())
        }
        writer.integer(number)
    }

    /// Writes a code of letters in capitals.
    private func capitals(
        _ value: JSONElement, _ form: FieldRule.Form, _ pointer: () -> String,
        _ writer: inout JSONWriter
    ) throws(EventFault) {
        if ValueCheck.fault(value, form) == nil { return writer.element(value) }
        guard let text = value.string?.uppercased() else {
            throw EventFault(.wrongType, at: pointer())
        }
        let isValid =
            if case .country = form {
                TextRule.isCountry(text.utf8.span)
            } else {
                TextRule.isCurrency(text.utf8.span)
            }
        guard isValid else { throw EventFault(.invalidValue, at: pointer()) }
        writer.string(text)
    }
}

/// Changes one text as its treatment says. Pure.
struct TextTreatment {
    private let treatment: EventBody.Treatment
    private let scrubber: URLScrubber
    private let keepsPersons: Bool
    private let isOptedOut: Bool

    init(_ treatment: EventBody.Treatment, _ context: EventContext) {
        self.treatment = treatment
        scrubber = context.rules.scrubber
        keepsPersons = context.rules.site.privacy == .keep
        isOptedOut = context.isOptedOut
    }

    /// - Returns: The changed bytes, nil for a text that stays as it is; and whether it was cut.
    func apply(to text: Span<UInt8>, _ bytesMax: Int) -> (bytes: [UInt8]?, isCut: Bool) {
        if text.count <= bytesMax, !isOptedOut, isQuiet(text) { return (nil, false) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for index in text.indices where !TextRule.isControl(text[index]) {
            bytes.append(text[index])
        }
        if treatment == .reference {
            bytes.removeFirst(bytes.prefix(while: Self.isAround).count)
            while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        }
        if treatment == .url { bytes = scrubber.scrubbed(bytes.span) ?? bytes }
        if isOptedOut { bytes = ClickIDScrubber.scrubbed(bytes.span) ?? bytes }
        if !keepsPersons { bytes = withoutAddresses(bytes) }
        let end = TextRule.cut(bytes.span, bytesMax: bytesMax)
        let isCut = end < bytes.count
        if isCut { bytes.removeLast(bytes.count - end) }
        return (bytes, isCut)
    }

    private func withoutAddresses(_ bytes: [UInt8]) -> [UInt8] {
        guard treatment != .plain, let masked = EmailScrubber.scrubbed(bytes.span) else {
            return bytes
        }
        switch treatment {
        case .plain, .scrubbed, .url: return masked
        case .identifier, .reference: return PersonalHash.pseudonym(bytes)
        }
    }

    /// Whether no byte asks for a closer look.
    private func isQuiet(_ text: Span<UInt8>) -> Bool {
        switch treatment {
        case .plain: TextRule.isPrintable(text)
        case .scrubbed, .identifier: TextRule.isFree(of: Self.addressMarks, text)
        case .reference:
            (text.count == 0
                || !Self.isAround(text[0]) && text[text.count - 1] != UInt8(ascii: " "))
                && TextRule.isFree(of: Self.addressMarks, text)
        case .url: TextRule.isFree(of: Self.urlMarks, text)
        }
    }

    /// What may stand before an order's name without being part of it.
    private static func isAround(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "#") || byte == UInt8(ascii: " ")
    }

    private static let addressMarks = (
        UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "@")
    )
    private static let urlMarks = (
        UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#")
    )
}

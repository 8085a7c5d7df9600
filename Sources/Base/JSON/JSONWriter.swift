/// Writes compact JSON into bytes: no white space, members in the order of the calls, shortest
/// numbers that read back as they were. Commas come by themselves; that every object gets a key
/// before each value is the caller's care.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Starts empty.
    /// - Parameter capacity: bytes to set aside, where the size is about known.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Writes `{`, the members that `body` writes, and `}`.
    package mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes `[`, the values that `body` writes, and `]`.
    package mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Ends a line of NDJSON.
    package mutating func lineBreak() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Writes a value that is compact JSON already; not looked at.
    package mutating func verbatim(_ json: Span<UInt8>) {
        comma()
        append(json)
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
}

// MARK: Names and scalars

extension JSONWriter {
    /// Writes a member's name: one of ours, without quotes, backslashes and control characters.
    package mutating func key(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { name in
            assert(unsafe !Self.needsEscape(name.span), "A name needs escapes.")
            unsafe bytes.append(contentsOf: name)
        }
        bytes.append(UInt8(ascii: "\""))
        colon()
    }

    /// Writes a member's name that is known only at run time.
    package mutating func key(_ name: String) {
        string(name)
        colon()
    }

    /// Writes a member's name from another document.
    package mutating func key(_ name: JSONElement) {
        element(name)
        colon()
    }

    /// Appends a text of ours in quotes.
    package mutating func string(_ text: StaticString) {
        comma()
        text.withUTF8Buffer { unsafe quote($0.span) }
    }

    /// Appends a text in quotes, escaped where JSON asks for it.
    package mutating func string(_ text: String) {
        comma()
        var text = text
        text.withUTF8 { unsafe quote($0.span) }
    }

    /// Writes a string from its bytes; invalid UTF-8 is mended with U+FFFD, as `String` does.
    package mutating func string(utf8 text: Span<UInt8>) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text)
            comma()
            quote(text)
        } catch {
            string(
                unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) })
        }
    }

    /// Writes a string whose characters the closure appends; none of them may need an escape, as
    /// those of times, numbers and ids never do.
    package mutating func string(_ append: (inout [UInt8]) -> Void) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        append(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a number in decimal digits.
    package mutating func integer(_ number: Int64) {
        comma()
        decimal(number.magnitude, isNegative: number < 0)
    }

    /// Appends a number in decimal digits, also above what `Int64` holds.
    package mutating func unsigned(_ number: UInt64) {
        comma()
        decimal(number, isNegative: false)
    }

    /// Writes the shortest text that reads back as this number; a whole number keeps its `.0`.
    /// JSON has no infinity and no NaN: to write one is a bug.
    package mutating func double(_ number: Double) {
        precondition(number.isFinite, "JSON has no infinity and no NaN.")
        comma()
        bytes.append(contentsOf: number.description.utf8)
    }

    /// Appends `true` or `false`.
    package mutating func bool(_ value: Bool) {
        comma()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Appends `null`.
    package mutating func null() {
        comma()
        bytes.append(contentsOf: "null".utf8)
    }

    private mutating func colon() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func decimal(_ magnitude: UInt64, isNegative: Bool) {
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        var digits: [20 of UInt8] = .init(repeating: UInt8(ascii: "0"))
        var start = digits.count
        var rest = magnitude
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        append(digits.span.extracting(start..<digits.count))
    }
}

// MARK: Whole values of another document

extension JSONWriter {
    /// Writes a parsed value in full: members in their order, numbers in their canonical form.
    package mutating func element(_ element: JSONElement) {
        switch element.kind {
        case .object: members(of: element)
        case .array: elements(of: element)
        case .string:
            comma()
            element.withUTF8 { quote($0) }
        case .integer: integer(element.int64 ?? 0)
        case .unsigned: unsigned(element.uint64 ?? 0)
        case .double: double(element.double ?? 0)
        case .bool: bool(element.bool ?? false)
        case .null: null()
        }
    }

    private mutating func members(of element: JSONElement) {
        guard let object = element.object else { return }
        open(UInt8(ascii: "{"))
        for member in object {
            key(member.key)
            self.element(member.value)
        }
        close(UInt8(ascii: "}"))
    }

    private mutating func elements(of element: JSONElement) {
        guard let array = element.array else { return }
        open(UInt8(ascii: "["))
        for element in array { self.element(element) }
        close(UInt8(ascii: "]"))
    }
}

// MARK: Escapes

extension JSONWriter {
    /// Writes a quoted string: the two characters and the control bytes that RFC 8259 asks for are
    /// escaped, nothing else.
    private mutating func quote(_ text: Span<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        if Self.needsEscape(text) { appendEscaped(text) } else { append(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: Span<UInt8>) {
        var start = 0
        for index in text.indices where Self.needsEscape(text[index]) {
            append(text.extracting(start..<index))
            escape(text[index])
            start = index + 1
        }
        append(text.extracting(start..<text.count))
    }

    /// Looks at every byte without a branch, which the compiler turns into wide instructions: with a
    /// `Bool` in place of the sum it does not.
    private static func needsEscape(_ text: Span<UInt8>) -> Bool {
        var found: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            found |= byte < 0x20 ? 1 : 0
            found |= (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return found != 0
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(Self.hexadecimal(byte >> 4))
            bytes.append(Self.hexadecimal(byte & 15))
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}

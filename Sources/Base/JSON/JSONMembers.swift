/// Members of one line each: the name and a value of a plain kind.
extension JSONWriter {
    /// Writes a text under its name; nil leaves the member out.
    package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    /// Writes a whole number under its name; nil leaves the member out.
    package mutating func member(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        key(name)
        integer(number)
    }

    /// Writes a truth value under its name; nil leaves the member out.
    package mutating func member(_ name: StaticString, _ truth: Bool?) {
        guard let truth else { return }
        key(name)
        bool(truth)
    }
}

/// Header fields in the order they came, names compared without case, repeated names kept apart.
///
/// One byte array holds all names and values, so that a request's head costs two allocations
/// whatever the number of its fields. Lookup walks the fields: heads are short.
package struct Headers: Sendable {
    struct Field: Sendable {
        let nameStart: UInt32
        let nameEnd: UInt32
        let valueStart: UInt32
        let valueEnd: UInt32
    }

    private var storage: [UInt8] = []
    private var fields: [Field] = []

    /// No fields.
    package init() {}

    /// Takes what the head parser has checked: ranges into `storage`.
    init(storage: [UInt8], fields: [Field]) {
        self.storage = storage
        self.fields = fields
    }

    /// How many fields there are, repeated names counted each time.
    package var count: Int { fields.count }

    /// The first value under `name`, nil where there is none. Allocates a string; where that matters
    /// use `equals(_:_:)` or `bytes(of:)`.
    package subscript(name: StaticString) -> String? { first(name.description) }

    /// The first value under a name known only at run time.
    package func first(_ name: String) -> String? {
        for index in fields.indices where isName(index, name) { return value(index) }
        return nil
    }

    /// All values under `name`, in order.
    package func values(_ name: String) -> [String] {
        fields.indices.filter { isName($0, name) }.map(value)
    }

    /// The bytes of the first value under `name`.
    package func bytes(of name: String) -> ArraySlice<UInt8>? {
        for index in fields.indices where isName(index, name) { return valueBytes(index) }
        return nil
    }

    /// How often `name` occurs.
    package func occurrences(of name: String) -> Int {
        fields.indices.count { isName($0, name) }
    }

    /// Whether the first value under `name` is `text`, compared without case and without allocating.
    package func equals(_ name: String, _ text: String) -> Bool {
        guard let bytes = bytes(of: name) else { return false }
        return ASCII.equalsIgnoringCase(bytes, text)
    }

    /// Whether `Content-Type` is this type, whatever its parameters; without allocating.
    package func hasMediaType(_ type: String) -> Bool {
        guard let value = bytes(of: "content-type") else { return false }
        let end = value.firstIndex { $0 == ASCII.semicolon || $0 == ASCII.space }
        return ASCII.equalsIgnoringCase(value[..<(end ?? value.endIndex)], type)
    }

    /// Every field in order, as strings: for logs of names, signatures and clients, not for hot paths.
    package var all: [(name: String, value: String)] {
        fields.indices.map { (name($0), value($0)) }
    }

    /// Appends a field. Bytes that cannot stand in a field (CR, LF, NUL) are left out, so that no
    /// text, whoever wrote it, can end the field and begin another.
    package mutating func add(_ name: String, _ value: String) {
        let nameStart = UInt32(storage.count)
        storage.append(contentsOf: name.utf8.lazy.filter(Self.canStand))
        let valueStart = UInt32(storage.count)
        storage.append(contentsOf: value.utf8.lazy.filter(Self.canStand))
        fields.append(
            Field(
                nameStart: nameStart, nameEnd: valueStart,
                valueStart: valueStart, valueEnd: UInt32(storage.count)))
    }

    /// Puts one field in place of all that bear its name.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Takes away all fields under `name`.
    package mutating func remove(_ name: String) {
        fields.removeAll { field in
            ASCII.equalsIgnoringCase(storage[Int(field.nameStart)..<Int(field.nameEnd)], name)
        }
    }

    /// What the fields cost in memory, roughly.
    var storedBytes: Int { storage.count + fields.count * MemoryLayout<Field>.stride }

    /// Appends `name: value` lines, each ended by CRLF, as they stand on the wire.
    func serialize(into output: inout [UInt8]) {
        for field in fields {
            output.append(contentsOf: storage[Int(field.nameStart)..<Int(field.nameEnd)])
            output.append(ASCII.colon)
            output.append(ASCII.space)
            output.append(contentsOf: storage[Int(field.valueStart)..<Int(field.valueEnd)])
            output.append(ASCII.carriageReturn)
            output.append(ASCII.lineFeed)
        }
    }

    private static func canStand(_ byte: UInt8) -> Bool {
        byte != ASCII.carriageReturn && byte != ASCII.lineFeed && byte != 0
    }

    private func isName(_ index: Int, _ name: String) -> Bool {
        let field = fields[index]
        return ASCII.equalsIgnoringCase(storage[Int(field.nameStart)..<Int(field.nameEnd)], name)
    }

    private func name(_ index: Int) -> String {
        let field = fields[index]
        return String(decoding: storage[Int(field.nameStart)..<Int(field.nameEnd)], as: UTF8.self)
    }

    private func valueBytes(_ index: Int) -> ArraySlice<UInt8> {
        let field = fields[index]
        return storage[Int(field.valueStart)..<Int(field.valueEnd)]
    }

    private func value(_ index: Int) -> String {
        String(decoding: valueBytes(index), as: UTF8.self)
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    /// Takes the fields in order; a name may repeat. Values are cleaned as by `add`.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { add(name, value) }
    }
}

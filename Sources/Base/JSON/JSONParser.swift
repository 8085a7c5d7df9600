private import CSIMDJSON

/// Reads whole JSON documents, strictly: RFC 8259 in UTF-8 and, unless told otherwise, RFC 7493.
/// Reusable; its memory grows to about 15 times the largest document that it read. Not for two
/// threads at once: make one per thread or guard it with a `Mutex`.
@safe package struct JSONParser: ~Copyable {
    /// What to do when an object has two members of one name.
    package enum DuplicateKeys: Sendable {
        /// The document is turned away.
        case refused
        /// Look-ups return the last one; iteration shows them all.
        case lastWins
    }

    private let parser: OpaquePointer
    private let duplicateKeys: DuplicateKeys

    /// - Parameter bytesMax: Largest document, 1...2^31 bytes.
    /// - Parameter depthMax: Most arrays and objects inside one another, 1...1024; an empty one at
    ///   the bottom does not count.
    package init(bytesMax: Int, depthMax: Int = 64, duplicateKeys: DuplicateKeys = .refused) {
        precondition((1...(1 << 31)).contains(bytesMax), "A parser reads 1 byte to 2 GiB.")
        precondition((1...1024).contains(depthMax), "A parser nests 1 to 1024 levels.")
        guard let made = unsafe convey_json_parser_new(bytesMax, depthMax) else {
            preconditionFailure("No memory for a JSON parser.")
        }
        unsafe parser = made
        self.duplicateKeys = duplicateKeys
    }

    deinit { unsafe convey_json_parser_free(parser) }

    /// Parses one document and lends its root to `body`. No element may outlive the call.
    package mutating func parse<Result>(
        _ bytes: [UInt8], _ body: (JSONElement) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try body(root(of: bytes.span))
    }

    /// Parses one document out of larger bytes, as a line of NDJSON.
    package mutating func parse<Result>(
        _ bytes: Span<UInt8>, _ body: (JSONElement) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try body(root(of: bytes))
    }

    /// Parses one document for a caller with refusals of its own.
    /// - Parameter refusal: Turns what is wrong with the text into the caller's refusal.
    package mutating func parse<Result, Refusal: Error>(
        _ bytes: Span<UInt8>, orThrow refusal: (JSONError) -> Refusal,
        _ body: (JSONElement) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        let root: JSONElement
        do {
            root = try self.root(of: bytes)
        } catch {
            throw refusal(error)
        }
        return try body(root)
    }

    private mutating func root(of bytes: Span<UInt8>) throws(JSONError) -> JSONElement {
        var root = unsafe convey_json_element()
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe convey_json_parse(
                parser, buffer.baseAddress, buffer.count, duplicateKeys == .refused, &root)
        }
        if let kind = JSONError.Kind(outcome: outcome) {
            let offset = kind == .invalidUTF8 ? bytes.firstInvalidUTF8 : nil
            throw JSONError(kind, offset: offset)
        }
        return unsafe JSONElement(root)
    }
}

extension JSONError.Kind {
    fileprivate init?(outcome: Int32) {
        switch Int(outcome) {
        case CONVEY_JSON_OK: return nil
        case CONVEY_JSON_OVERSIZED: self = .oversized
        case CONVEY_JSON_NO_MEMORY: self = .outOfMemory
        case CONVEY_JSON_EMPTY: self = .empty
        case CONVEY_JSON_DEPTH: self = .tooDeep
        case CONVEY_JSON_STRING: self = .malformedString
        case CONVEY_JSON_NUMBER: self = .malformedNumber
        case CONVEY_JSON_UTF8: self = .invalidUTF8
        case CONVEY_JSON_DUPLICATE_KEY: self = .duplicateKey
        default: self = .malformed
        }
    }
}

extension Span<UInt8> {
    /// The first byte that is no part of valid UTF-8; read only when that is already known to exist.
    fileprivate var firstInvalidUTF8: Int? {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: self)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}

/// Why a text is not the JSON this house reads.
package struct JSONError: Error, Equatable, Sendable {
    /// What is wrong with the text.
    package enum Kind: String, Sendable, CaseIterable {
        /// More bytes than the parser's limit.
        case oversized
        /// Nothing but white space.
        case empty
        /// Not RFC 8259.
        case malformed
        /// More nested arrays and objects than the parser's limit.
        case tooDeep
        /// A string with a control byte, a wrong escape, no end, or half a surrogate pair.
        case malformedString
        /// A wrong number, an integer beyond 64 bits, or one beyond what a double holds.
        case malformedNumber
        case invalidUTF8
        /// An object has two members of one name (RFC 7493, section 2.3).
        case duplicateKey
        /// The machine had no memory for the tape; the one kind that is not the sender's fault.
        case outOfMemory
    }

    /// What is wrong.
    package let kind: Kind
    /// The byte where the fault lies, from 0, where it is known.
    package let offset: Int?

    /// Says what is wrong, and where that is known.
    package init(_ kind: Kind, offset: Int? = nil) {
        self.kind = kind
        self.offset = offset
    }
}

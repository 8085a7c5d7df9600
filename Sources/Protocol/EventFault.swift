/// What is wrong with one event, and where. The same at the edge, in a receipt and in a dead letter.
package struct EventFault: Error, Hashable, Sendable {
    /// Which rule is broken.
    package let code: Code
    /// Names the member (RFC 6901); empty for the event itself. Made of the schema's own names and
    /// of indexes, never of a sender's words.
    package let pointer: String

    /// Names a rule and a place.
    package init(_ code: Code, at pointer: String = "") {
        self.code = code
        self.pointer = pointer
    }

    /// Which rule is broken; the text is that of the wire.
    package enum Code: String, CaseIterable, Sendable {
        case invalidJSON = "invalid_json"
        case tooLarge = "too_large"
        case tooDeep = "too_deep"
        case missingMember = "missing_member"
        case wrongType = "wrong_type"
        case invalidValue = "invalid_value"
        case duplicateMember = "duplicate_member"
        case unknownSite = "unknown_site"
        case unknownLink = "unknown_link"
        case conflictingID = "conflicting_id"
        /// A code that only a newer aggregator knows.
        case unknown

        /// What the code means, for people.
        package var sentence: String {
            switch self {
            case .invalidJSON: "The event is not valid JSON."
            case .tooLarge: "The event or this member has more bytes than are allowed."
            case .tooDeep: "The event nests more levels than are allowed."
            case .missingMember: "A required member is missing."
            case .wrongType: "The member has another type than the schema says."
            case .invalidValue: "The member's value breaks its rule."
            case .duplicateMember: "An object has two members of one name."
            case .unknownSite: "The site does not belong to this collector."
            case .unknownLink: "The site has no such campaign link."
            case .conflictingID: "The id is known with another event."
            case .unknown: "A reason that this version does not know."
            }
        }
    }
}

/// What is to be done about one code of a platform, in data and in words for people.
package struct Verdict: Hashable, Sendable {
    /// What becomes of an upload, or of a request, that met the code.
    package enum Class: String, CaseIterable, Codable, Sendable {
        /// The same again later, with growing pauses and up to the age limit.
        case retry
        /// The same again, not before `holdFor` has passed.
        case holdUntil = "hold_until"
        /// Nothing leaves until a person has changed something; nothing is lost.
        case fixConfiguration = "fix_configuration"
        /// The platform has it: as good as confirmed.
        case alreadyThere = "already_there"
        /// It can never succeed.
        case giveUp = "give_up"
    }

    /// The platform's own word, as `PROCESSING_ERROR_REASON_INVALID_GCLID`.
    package let code: String
    /// What is to be done.
    package let kind: Class
    /// What the platform means, in one sentence.
    package let words: String
    /// What a person can do, in one sentence; empty where nobody need do anything.
    package let fix: String
    /// How long `holdUntil` waits; nil for other classes.
    package let holdFor: Duration?
    /// Whether it concerns the account or the credential and so every upload of the destination.
    package let concernsAll: Bool
    /// Whether the table knows the code. An unknown one is tried again a few times, and alerts.
    package let isKnown: Bool

    /// States a verdict as the table has it.
    package init(
        _ code: String, _ kind: Class, words: String, fix: String = "", holdFor: Duration? = nil,
        concernsAll: Bool = false, isKnown: Bool = true
    ) {
        self.code = code
        self.kind = kind
        self.words = words
        self.fix = fix
        self.holdFor = holdFor
        self.concernsAll = concernsAll
        self.isKnown = isKnown
    }
}

/// Every code of a platform and what to do about it.
package struct VerdictTable: Sendable {
    /// How often an upload with an unknown code is tried before it waits for a person.
    package static let unknownTriesMax = 6

    private let verdicts: [String: Verdict]

    /// Takes verdicts; of two with one code the last counts.
    package init(_ verdicts: [Verdict]) {
        self.verdicts = Dictionary(verdicts.map { ($0.code, $0) }) { _, last in last }
    }

    /// What to do about a code; never nothing: an unknown one gets `retry` with `isKnown` false.
    package func verdict(of code: String) -> Verdict {
        verdicts[code]
            ?? Verdict(
                code, .retry, words: "The platform gave a reason that is not in the table.",
                fix: "Look the code up in the platform's documentation, and add it to the file of "
                    + "verdicts with what to do about it.", isKnown: false)
    }

    /// All verdicts, by code.
    package var all: [Verdict] { verdicts.values.sorted { $0.code < $1.code } }
}

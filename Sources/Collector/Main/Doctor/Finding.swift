/// One thing that the doctor looked at.
struct Finding: Equatable {
    enum Verdict: String {
        case fine
        /// Could not be looked at, for a reason that another finding names.
        case skipped
        /// Works, but not as well or as safely as it could.
        case warning
        /// Does not work, or will not for long.
        case error
    }

    /// What was looked at: one short word or two.
    let check: String
    let verdict: Verdict
    /// What was found.
    let sentence: String
    /// What to do; nil where nothing is to be done.
    var remedy: String?

    static func fine(_ check: String, _ sentence: String) -> Finding {
        Finding(check: check, verdict: .fine, sentence: sentence)
    }

    static func skipped(_ check: String, _ sentence: String) -> Finding {
        Finding(check: check, verdict: .skipped, sentence: sentence)
    }

    static func warning(_ check: String, _ sentence: String, _ remedy: String) -> Finding {
        Finding(check: check, verdict: .warning, sentence: sentence, remedy: remedy)
    }

    static func error(_ check: String, _ sentence: String, _ remedy: String) -> Finding {
        Finding(check: check, verdict: .error, sentence: sentence, remedy: remedy)
    }
}

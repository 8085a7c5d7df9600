/// One thing that is wrong with a configuration, for the operator to mend.
package struct ConfigurationProblem: Error, Sendable, Equatable {
    /// Where it stands.
    package enum Place: Sendable, Equatable {
        case line(Int)
        case variable(String)
        case file
    }

    /// What is wrong.
    package enum Reason: Error, Sendable, Equatable {
        /// No key of this program; the nearest one, if one is near.
        case unknown(nearest: String?)
        case missing
        case duplicate
        /// What it must be.
        case malformed(String)
        /// What it may be.
        case outOfRange(String)
        case unreadable(SystemFault)
        /// What the YAML reader stumbled on, in our words.
        case invalidYAML(String)
        /// What is wrong with several settings together, as a predicate of the key.
        case contradictory(String)
    }

    /// Where it stands.
    package let place: Place
    /// The key it is about, if one is known.
    package let key: String?
    /// What is wrong.
    package let reason: Reason

    init(place: Place, key: String?, reason: Reason) {
        (self.place, self.key, self.reason) = (place, key, reason)
    }

    /// A problem that only the program can see, since it takes several settings together.
    /// - Parameter sentence: continues the key's name: `needs listen.key_file.`
    package init(key: String, wrong sentence: String) {
        self.init(place: .file, key: key, reason: .contradictory(sentence))
    }

    /// One sentence, with the place first.
    package var sentence: String {
        let subject = key.map { "\($0) " } ?? ""
        return switch place {
        case .line(let line): "line \(line): \(subject)\(predicate)"
        case .variable(let name): "\(name): \(subject)\(predicate)"
        case .file: subject + predicate
        }
    }

    private var predicate: String {
        switch reason {
        case .unknown(nil): "is no setting of this program."
        case .unknown(let nearest?): "is no setting of this program; did you mean \(nearest)?"
        case .missing: "must be set."
        case .duplicate: "is set twice."
        case .malformed(let wanted): "must be \(wanted)."
        case .outOfRange(let range): "must be within \(range)."
        case .unreadable(let fault): fault.sentence
        case .invalidYAML(let problem), .contradictory(let problem): problem
        }
    }
}

/// Why a configuration is refused: everything that is wrong with it, in the order of the file.
package struct ConfigurationRefusal: Error, Sendable, Equatable {
    /// At least one.
    package let problems: [ConfigurationProblem]

    /// - Parameter problems: at least one; none is a bug.
    package init(problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "A refusal says why.")
        self.problems = problems
    }
}

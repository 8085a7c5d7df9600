import Daemon

/// The operator's file cannot be used; what was in force before stays.
package struct GeographyFault: Fault, Equatable {
    /// Why.
    package enum Reason: Equatable, Sendable {
        /// The bytes are no MaxMind DB.
        case notADatabase
        case tooLarge
    }

    let path: String
    /// Why.
    package let reason: Reason

    /// What was being done.
    package var operation: String { "use the geography file \(path)" }

    /// In words.
    package var cause: String {
        switch reason {
        case .notADatabase: "it is no MaxMind DB, or a damaged one"
        case .tooLarge: "it has more than \(GeographyFile.bytesMax) bytes"
        }
    }

    /// What helps.
    package var remedy: String {
        "Put a City or Country file in the MaxMind DB format there and send SIGHUP."
    }

    /// Only another file helps.
    package var canRetry: Bool { false }
}

/// Something of ours went wrong: not the sender's doing, and not a bug. Every text is our own; what a
/// library or another machine said never stands in it.
package protocol Fault: Error {
    /// What was being done, as "read the configuration file".
    var operation: String { get }
    /// What went wrong, as "no space left on the disk".
    var cause: String { get }
    /// What the operator can do about it, as a sentence.
    var remedy: String { get }
    /// Whether the same call may succeed later without anybody's help.
    var canRetry: Bool { get }
}

extension Fault {
    /// One sentence for a person at a terminal.
    package var sentence: String { "Could not \(operation): \(cause). \(remedy)" }
}

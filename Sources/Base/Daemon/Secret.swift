/// Text that must never be shown: prints as `***`, also in a dump or a crash.
package struct Secret: Sendable {
    /// The text itself; written where it is used, so that a reader finds every such place.
    package let revealed: String

    /// - Parameter text: the secret, without a newline at its end.
    package init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`
    package var description: String { "***" }
    /// `***`
    package var debugDescription: String { "***" }
    /// Nothing inside.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

import FoundationEssentials

/// An instant.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microseconds: Int64
    package init(microseconds: Int64) { self.microseconds = microseconds }
    package static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
}

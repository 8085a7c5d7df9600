import TestSupport
import Testing
import Troupe

/// How many aggregators a test has, and on what.
struct Cast: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    let backend: Backend
    let aggregators: Int

    /// One on a file, and where there is a server several on that.
    static let all = Backend.ofPrograms.map {
        Cast(backend: $0, aggregators: $0 == .sqlite ? 1 : 3)
    }

    var description: String { "\(aggregators) on \(backend)" }
    var testDescription: String { description }
}

import Child
import Foundation

/// Runs tests of this test program again in a process of their own, with a changed environment: for
/// what a test cannot do to its own process, such as losing its disk or its life.
package enum ChildProcess {
    /// How a process ended.
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// True in such a process. A test that is meant for it is `.enabled(if:)` this.
    package static var isChild: Bool { environment["CONVEY_TEST_CHILD"] != nil }

    /// The environment of this process.
    package static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Runs the tests whose name matches, and waits for the end. What they print is shown only where
    /// they fail.
    /// - Parameter filter: as `swift test --filter` takes it.
    package static func run(
        filter: String, environment added: [String: String]
    ) async throws -> Ending {
        let directory = try TemporaryDirectory()
        let own = environment.keys.filter { $0.hasPrefix("SWT_") || $0.hasPrefix("XCTest") }
        let outcome = try await Program.run(
            "/usr/bin/env",
            own.flatMap { ["-u", $0] } + [
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                "--testing-library", "swift-testing", "--filter", filter,
            ],
            environment: added.merging(["CONVEY_TEST_CHILD": "1"]) { $1 },
            scratch: directory.file("output"))
        let ending: Ending =
            outcome.status > 128 ? .signalled(outcome.status - 128) : .exited(outcome.status)
        if case .exited(1...) = ending { print(outcome.output + outcome.errors) }
        return ending
    }
}

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
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe")
        process.arguments = ["--testing-library", "swift-testing", "--filter", filter]
        let own = environment.filter { !$0.key.hasPrefix("SWT_") && !$0.key.hasPrefix("XCTest") }
        process.environment = own.merging(added) { $1 }.merging(["CONVEY_TEST_CHILD": "1"]) { $1 }
        let directory = try TemporaryDirectory()
        let output = directory.file("output")
        try Data().write(to: URL(filePath: output))
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = process.standardOutput
        let ending: Ending = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                let isSignal = ended.terminationReason == .uncaughtSignal
                let status = ended.terminationStatus
                continuation.resume(returning: isSignal ? .signalled(status) : .exited(status))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        if case .exited(1...) = ending {
            print(try String(contentsOfFile: output, encoding: .utf8))
        }
        return ending
    }
}

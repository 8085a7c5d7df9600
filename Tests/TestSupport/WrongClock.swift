/// A wall clock that is wrong by as much as the test says, for programs started with its
/// `environment`. Whatever sleeps is not touched.
package struct WrongClock: Sendable {
    /// What a program under test needs in its environment, beside its own.
    package let environment: [String: String]

    /// - Parameter seconds: what is added to the true time.
    package init(seconds: Int) throws {
        environment = [
            "LD_PRELOAD": try Self.library.get(), "WRONG_CLOCK_SECONDS": "\(seconds)",
        ]
    }

    private static let library = Result { try Preload.library("wrong_clock") }
}

/// A part of a daemon that runs from start to stop.
package protocol Service: Sendable {
    /// What logs call it, as `delivery`.
    var name: String { get }

    /// Works until its task is cancelled, then finishes what it promised and returns. Called once.
    ///
    /// Returning or throwing before that stops the whole daemon, with an error in the log; an error
    /// that is a `Fault` is told to the operator in full, any other by its type only.
    func run() async throws
}

/// A service made of a closure, for parts that need no type of their own.
package struct ClosureService: Service {
    /// What logs call it.
    package let name: String
    private let body: @Sendable () async throws -> Void

    /// Runs the closure as `Service.run()` asks.
    package init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    /// Runs the closure.
    package func run() async throws { try await body() }
}

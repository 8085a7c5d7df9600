import Synchronization

/// The right to answer one request, once, from any thread, now or later.
///
/// The server keeps its own end: when the client vanishes or the route's time is over, the ticket
/// is void and `send` does nothing. Dropping an `Answer` unsent leaves the client waiting for the
/// 503 that the route's time-out sends.
package final class Answer: Sendable {
    private let isUsed = Atomic(false)
    private let deliver: @Sendable (Answer, Response) -> Void

    /// Makes a ticket by hand, for tests of handlers: `receive` gets the first response sent.
    package convenience init(receive: @escaping @Sendable (Response) -> Void) {
        self.init(deliver: { _, response in receive(response) })
    }

    init(deliver: @escaping @Sendable (Answer, Response) -> Void) {
        self.deliver = deliver
    }

    /// Answers; only the first call counts. Returns false when the ticket was used or void.
    @discardableResult
    package func send(_ response: Response) -> Bool {
        guard !isUsed.exchange(true, ordering: .relaxed) else { return false }
        deliver(self, response)
        return true
    }

    /// Whether nothing sent now would reach the client: answered already, vanished, or too late.
    package var isVoid: Bool { isUsed.load(ordering: .relaxed) }

    /// Takes the right away; true when it had not been used.
    @discardableResult
    func void() -> Bool { !isUsed.exchange(true, ordering: .relaxed) }
}

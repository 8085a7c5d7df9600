import Synchronization

/// Who takes a response to the client.
protocol AnswerReceiver: AnyObject, Sendable {
    /// Called once for an answer, from any thread.
    func receive(_ response: Response, for answer: Answer)
    /// Called once instead, when the client shall get nothing.
    func abandon(_ answer: Answer)
}

/// The right to answer one request, once, from any thread, now or later.
///
/// The server keeps its own end: when the client vanishes or the route's time is over, the ticket
/// is void and `send` does nothing. Dropping an `Answer` unsent leaves the client waiting for the
/// 503 that the route's time-out sends.
package final class Answer: Sendable {
    private let isUsed = Atomic(false)
    private let receiver: any AnswerReceiver

    /// Makes a ticket by hand, for tests of handlers: `receive` gets the first response sent.
    package convenience init(receive: @escaping @Sendable (Response) -> Void) {
        self.init(receiver: ClosureReceiver(receive: receive))
    }

    init(receiver: any AnswerReceiver) {
        self.receiver = receiver
    }

    /// Answers; only the first call counts. Returns false when the ticket was used or void.
    @discardableResult
    package func send(_ response: Response) -> Bool {
        guard void() else { return false }
        receiver.receive(response, for: self)
        return true
    }

    /// Closes the client's connection without an answer: for stand-ins of servers that fail. Returns
    /// false when the ticket was used or void.
    @discardableResult
    package func abandon() -> Bool {
        guard void() else { return false }
        receiver.abandon(self)
        return true
    }

    /// Whether nothing sent now would reach the client: answered already, vanished, or too late.
    package var isVoid: Bool { isUsed.load(ordering: .relaxed) }

    /// Takes the right away; true when it had not been used.
    @discardableResult
    func void() -> Bool { !isUsed.exchange(true, ordering: .relaxed) }
}

private final class ClosureReceiver: AnswerReceiver {
    private let receive: @Sendable (Response) -> Void

    init(receive: @escaping @Sendable (Response) -> Void) {
        self.receive = receive
    }

    func receive(_ response: Response, for answer: Answer) { receive(response) }

    func abandon(_ answer: Answer) {}
}

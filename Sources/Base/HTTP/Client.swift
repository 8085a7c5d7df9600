internal import Daemon
internal import Synchronization

/// Sends requests over HTTP and HTTPS, several at a time, on one thread of its own.
///
/// Connections are kept and used again. No redirect is followed, no cookie kept, no proxy of the
/// environment used, no content decoded: the answer is what the server sent. TLS is 1.2 or newer and
/// the certificate is always checked.
package final class Client: Sendable {
    private let loop: TransferLoop
    private let executor: ThreadExecutor

    /// - Parameter name: what tools show for its thread; at most 15 bytes.
    package init(_ settings: Settings = Settings(), name: String = "http client") {
        loop = TransferLoop(settings)
        executor = ThreadExecutor(name: name)
    }

    /// How a client reaches servers.
    package struct Settings: Sendable {
        /// Who may vouch for a server's certificate.
        package enum Trust: Sendable, Hashable {
            /// The machine's authorities.
            case system
            /// Only these, in PEM form.
            case authority(pem: String)
        }

        /// Plain HTTP asks nobody.
        package var trust: Trust
        /// Time for name, connection and TLS together.
        package var connectTimeout: Duration
        /// Time for everything, from the call to the last byte.
        package var totalTimeout: Duration
        /// Largest body of an answer; its head may have 64 KB besides.
        package var answerBytesMax: Int
        /// A Unix socket that all requests go to, whatever their origin says.
        package var socketPath: String?
        /// Connections kept open and used at a time; further requests wait.
        package var connectionsMax: Int

        /// By default: the machine's authorities, 10 s to connect, 60 s in all, 1 MB, 4 connections.
        package init(
            trust: Trust = .system, connectTimeout: Duration = .seconds(10),
            totalTimeout: Duration = .seconds(60), answerBytesMax: Int = 1_048_576
        ) {
            self.trust = trust
            self.connectTimeout = connectTimeout
            self.totalTimeout = totalTimeout
            self.answerBytesMax = answerBytesMax
            socketPath = nil
            connectionsMax = 4
        }
    }

    /// Sends a request and waits for its whole answer, whatever its status.
    ///
    /// Cancelling the task ends the transfer at once with `HTTPFault.Reason.stopped`; the server may
    /// have acted on the request all the same, as after any fault.
    package func send(_ request: ClientRequest) async throws(HTTPFault) -> Response {
        let transfer = Transfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.whenDone { continuation.resume(returning: $0) }
                if loop.add(transfer) { executor.perform { [loop] in loop.run() } }
            }
        } onCancel: {
            transfer.cancel()
            loop.wake()
        }
        return try result.get()
    }
}

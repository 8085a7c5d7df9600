private import Glibc

/// What an operator or the system asks of a running daemon.
package enum DaemonSignal: Sendable, Equatable {
    /// SIGTERM or SIGINT: finish and end.
    case stop
    /// SIGHUP: read certificates and settings again.
    case reload
    /// SIGUSR1: log in more detail.
    case logMore
    /// SIGUSR2: log in less detail.
    case logLess
}

/// Receives signals on a thread of its own, outside any signal handler.
package enum Signals {
    private static let awaited: [Int32] = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2]

    /// Blocks the signals that daemons await, and ignores SIGPIPE: the first call of a program, before
    /// any thread starts: threads made later inherit it.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        var set = awaitedSet()
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The signals as they come, for as long as the process lives; called once, under `runProgram`.
    package static func stream() -> AsyncStream<DaemonSignal> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let thread = ThreadExecutor(name: "signals")
            thread.perform {
                while true {
                    guard let signal = next() else { continue }
                    continuation.yield(signal)
                }
            }
        }
    }

    private static func next() -> DaemonSignal? {
        var set = awaitedSet()
        var number: Int32 = 0
        guard unsafe sigwait(&set, &number) == 0 else { return nil }
        return switch number {
        case SIGTERM, SIGINT: .stop
        case SIGHUP: .reload
        case SIGUSR1: .logMore
        case SIGUSR2: .logLess
        default: nil
        }
    }

    private static func awaitedSet() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in awaited { unsafe sigaddset(&set, signal) }
        return set
    }
}

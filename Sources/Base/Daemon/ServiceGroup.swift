/// Runs a daemon's services from start to stop.
///
/// All start together. At the end they stop one after another, the last listed first: list what
/// others need first (the buffer), and the doors to the world last (the HTTP server).
package struct ServiceGroup: Sendable {
    /// Why the daemon ended.
    package enum Outcome: Sendable, Equatable {
        /// A signal asked, and every service finished.
        case stopped
        /// A service ended by itself, by returning or by an error.
        case failed(service: String)
        /// These services had not finished at the deadline, or at a second request to stop.
        case abandoned(services: [String])

        /// What the process exits with: 0, 1 or 2.
        package var exitStatus: Int32 {
            switch self {
            case .stopped: 0
            case .failed: 1
            case .abandoned: 2
            }
        }
    }

    private let services: [any Service]
    private let stopWithin: Duration
    private let clock: any Clock<Duration>
    private let log: Log
    private let reload: @Sendable () async -> Void

    /// - Parameters:
    ///   - services: in the order in which they need one another.
    ///   - stopWithin: how long all of them together may take to finish.
    ///   - reload: what SIGHUP does; runs one at a time, beside the services.
    package init(
        _ services: [any Service], stopWithin: Duration = .milliseconds(1800),
        clock: any Clock<Duration> = ContinuousClock(), log: Log,
        reload: @escaping @Sendable () async -> Void = {}
    ) {
        self.services = services
        self.stopWithin = stopWithin
        self.clock = clock
        self.log = log
        self.reload = reload
    }

    /// Runs until a signal or a service ends it; then the process should exit with the outcome's
    /// status, since an abandoned service may still be running.
    /// - Parameter signals: `Signals.stream()`, or a test's own; its end asks for nothing.
    package func run(signals: AsyncStream<DaemonSignal>) async -> Outcome {
        let running = RunningServices(log: log)
        let events = running.start(services)
        let listener = Task { await listen(to: signals, events: events.continuation) }
        defer { listener.cancel() }
        var outcome = Outcome.stopped
        for await event in events.stream {
            switch event {
            case .stop:
                log.notice("Stopping.")
                return await finish(running, events.stream, outcome)
            case .ended(let service):
                outcome = .failed(service: service)
                return await finish(running, events.stream, outcome)
            case .stopped, .deadline: continue
            }
        }
        return outcome
    }

    private func listen(
        to signals: AsyncStream<DaemonSignal>,
        events: AsyncStream<RunningServices.Event>.Continuation
    ) async {
        for await signal in signals {
            switch signal {
            case .stop: events.yield(.stop)
            case .reload:
                log.notice("Reloading.")
                await reload()
            case .logMore, .logLess: changeLevel(by: signal == .logMore ? 1 : -1)
            }
        }
    }

    private func changeLevel(by step: Int) {
        let levels = Log.Level.allCases
        let rank = min(max(log.level.rank + step, 0), levels.count - 1)
        log.level = levels[rank]
        log.notice("The log level changed.", [LogField("level_now"): levels[rank].rawValue])
    }

    /// Waits for all to finish, for the deadline, or for a second request to stop.
    private func finish(
        _ running: RunningServices, _ events: AsyncStream<RunningServices.Event>,
        _ outcome: Outcome
    ) async -> Outcome {
        let deadline = Task { [clock, stopWithin] in
            do {
                try await clock.sleep(for: stopWithin, tolerance: nil)
                running.events.continuation.yield(.deadline)
            } catch { return }
        }
        defer { deadline.cancel() }
        running.stopInReverse()
        for await event in events {
            switch event {
            case .stopped: return outcome
            case .ended: continue
            case .stop, .deadline:
                let left = running.unfinished
                log.error(
                    "Services did not finish in time.", [.service: left.joined(separator: " ")])
                return .abandoned(services: left)
            }
        }
        return outcome
    }
}

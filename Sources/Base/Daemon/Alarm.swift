private import Glibc

/// Calls a closure at a time, on a thread of its own: for limits that must hold while every other
/// thread is stuck.
package final class Alarm: Sendable {
    private let state: AlarmState
    private let thread: Thread

    /// - Parameters:
    ///   - name: what `top -H` and a debugger show; cut to 15 bytes.
    ///   - ring: must not block; may call `set(at:)`.
    package init(name: String, ring: @escaping @Sendable () -> Void) {
        let state = AlarmState()
        self.state = state
        thread = Thread(name: name) {
            while state.waitUntilDue() { ring() }
        }
    }

    deinit { state.change { $0 = .stopped } }

    /// Has the closure called then, unless an earlier time is set.
    package func set(at time: ContinuousClock.Instant) {
        state.change { phase in
            switch phase {
            case .resting: phase = .set(time)
            case .set(let earlier): phase = .set(min(earlier, time))
            case .stopped: break
            }
        }
    }

    /// Ends the thread, and waits for that.
    package func stop() {
        state.change { $0 = .stopped }
        thread.join()
    }
}

/// `@unchecked Sendable`: `phase` is touched only while `condition` is locked.
private final class AlarmState: @unchecked Sendable {
    enum Phase {
        case resting, stopped
        case set(ContinuousClock.Instant)
    }

    private let condition = Condition()
    private var phase = Phase.resting

    func change(_ body: (inout Phase) -> Void) {
        condition.locked {
            body(&phase)
            condition.signal()
        }
    }

    /// True when the time has come; false when the alarm was stopped.
    func waitUntilDue() -> Bool {
        condition.locked {
            while true {
                switch phase {
                case .stopped: return false
                case .resting: condition.wait()
                case .set(let time):
                    let rest = time - .now
                    guard rest > .zero else {
                        phase = .resting
                        return true
                    }
                    condition.wait(atMost: rest)
                }
            }
        }
    }
}

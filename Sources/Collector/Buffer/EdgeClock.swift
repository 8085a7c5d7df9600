import Daemon
import Synchronization
package import Time

/// The collector's clock, corrected by what the aggregator's signed answers say.
///
/// Once corrected it runs by uptime, so that a wall clock that is set or stepped moves no event.
/// Before that it tells the machine's wall time and says so: such events are corrected before they
/// leave.
package final class EdgeClock: Sendable {
    /// One reading, for the events of one request.
    package struct Stamp: Equatable, Sendable {
        /// For `received_at`.
        package let time: Timestamp
        /// For `clock_offset_ms`.
        package let offsetMilliseconds: Int64
        let basis: Basis
    }

    /// What a time rests on.
    enum Basis: Equatable, Sendable {
        case corrected
        /// The wall clock of that boot, which was so far ahead of uptime.
        case wall(ahead: Duration, boot: BootID)
    }

    private struct Anchor {
        /// How far the aggregator's clock is ahead of our uptime.
        var ahead: Duration
        /// By how much that may be wrong.
        var uncertainty: Duration
    }

    private let wall: any WallClock
    private let uptime: any Uptime
    let boot: BootID
    private let anchor = Mutex<Anchor?>(nil)

    /// Starts uncorrected, for the boot that runs now.
    package convenience init(wall: any WallClock, uptime: any Uptime) {
        self.init(wall: wall, uptime: uptime, boot: .current())
    }

    init(wall: any WallClock, uptime: any Uptime, boot: BootID) {
        self.wall = wall
        self.uptime = uptime
        self.boot = boot
    }

    /// Reads the clock for what arrives now.
    package func stamp() -> Stamp {
        let wallTime = wall.now()
        let uptime = uptime.now()
        guard let ahead = anchor.withLock({ $0?.ahead }) else {
            return Stamp(
                time: wallTime.roundedDownToMilliseconds, offsetMilliseconds: 0,
                basis: .wall(ahead: wallTime - .origin - uptime, boot: boot))
        }
        let time = Timestamp.origin + uptime + ahead
        return Stamp(
            time: time.roundedDownToMilliseconds,
            offsetMilliseconds: (time - wallTime).wholeMilliseconds, basis: .corrected)
    }

    /// Uptime now, to be handed to `learn` later.
    package func reading() -> Duration { uptime.now() }

    /// Takes the time of a signed answer to a request with a body, which no recording can hold.
    /// - Parameter sentAt: `reading()` right before the request; the answer is taken to come in now.
    package func learn(_ aggregatorTime: Timestamp, sentAt: Duration) {
        let now = uptime.now()
        let uncertainty = (now - sentAt) / 2
        let ahead = aggregatorTime - .origin - (now - uncertainty)
        anchor.withLock { anchor in
            // An answer that agrees with what is known, but is vaguer, adds nothing but jitter.
            if let known = anchor, uncertainty >= known.uncertainty,
                abs(ahead - known.ahead) <= uncertainty
            {
                return
            }
            anchor = Anchor(ahead: ahead, uncertainty: uncertainty)
        }
    }

    /// Whether an answer has told the true time.
    package var isCorrected: Bool { anchor.withLock { $0 != nil } }

    /// What is added to the machine's wall clock now; nil before the first answer.
    package var offset: Duration? {
        guard let ahead = anchor.withLock({ $0?.ahead }) else { return nil }
        return (Timestamp.origin + uptime.now() + ahead) - wall.now()
    }

    /// By how much times that rest on a wall clock are moved; nil before the first answer.
    /// For another boot's clock only today's offset is known.
    func shift(for ahead: Duration, boot: BootID) -> Duration? {
        guard let anchor = anchor.withLock({ $0 }) else { return nil }
        return boot == self.boot && boot.isKnown ? anchor.ahead - ahead : offset
    }
}

/// Tells one start of the machine from another.
struct BootID: Equatable, Sendable {
    let bytes: [UInt8]

    /// False where the kernel does not tell: then no two readings are known to be of one boot.
    var isKnown: Bool { !bytes.isEmpty }

    /// The kernel's own.
    static func current() -> BootID {
        do throws(SystemFault) {
            let text = try BoundedFile.read("/proc/sys/kernel/random/boot_id", bytesMax: 64)
            return BootID(bytes: text.filter { $0 > 0x20 })
        } catch {
            return BootID(bytes: [])
        }
    }
}

extension Timestamp {
    fileprivate static let origin = Timestamp(microseconds: 0)
}

private func abs(_ duration: Duration) -> Duration {
    duration < .zero ? .zero - duration : duration
}

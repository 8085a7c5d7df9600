import Crypto
import Daemon
import Time

/// Where a buffer lies and how much it may hold.
package struct BufferPlace: Sendable {
    /// The database; its log, ballast and quarantine lie beside it. No other process may write it:
    /// the daemon holds a lock.
    package let path: String
    /// How much it may hold.
    package let limits: BufferLimits
    /// How long events are kept after their receipt, where space allows.
    package let receiptedKept: Duration

    /// Names the place; nothing is opened or made.
    package init(
        path: String, limits: BufferLimits = BufferLimits(),
        receiptedKept: Duration = .seconds(72 * 3600)
    ) {
        self.path = path
        self.limits = limits
        self.receiptedKept = receiptedKept
    }

    var directory: String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// Where batches lie whose framing the aggregator refused.
    package var quarantine: String { path + "-quarantine" }

    /// Where their files lie after they came back into the line.
    package var returned: String { quarantine + "/returned" }
}

/// What the buffer takes from outside.
struct BufferTools: Sendable {
    let clock: EdgeClock
    let wall: any WallClock
    let random: any RandomSource
    let log: Log
}

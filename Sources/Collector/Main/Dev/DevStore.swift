import Buffer
import ConveyProtocol
import Daemon
import Intake

/// Shows every event that is kept, and keeps it in a real buffer, so that answers come as they would.
final class DevStore: EventStore {
    private let buffer: Buffer
    private let print: EventPrint
    private let show: @Sendable (String) -> Void

    init(_ buffer: Buffer, _ print: EventPrint, show: @escaping @Sendable (String) -> Void) {
        (self.buffer, self.print, self.show) = (buffer, print, show)
    }

    func stamp() -> EdgeClock.Stamp { buffer.stamp() }

    func append(
        _ events: IncomingEvents,
        then completion: @escaping @Sendable (PerLane<BufferRefusal?>) -> Void
    ) {
        buffer.append(events) { [self] refusals in
            for lane in Lane.allCases where refusals[lane] == nil {
                for line in events.lines(lane) {
                    show(print.text(ofEvent: line, lane: lane.rawValue) + "\n")
                }
            }
            completion(refusals)
        }
    }

    func countRefused(_ count: Int, as reason: String, in lane: Lane) {
        buffer.countRefused(count, as: reason, in: lane)
    }

    var shutBecause: BufferRefusal? { buffer.shutBecause }
}

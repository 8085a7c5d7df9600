import ConveyProtocol
import Daemon
import Synchronization

/// The door and the last figures, shared by the threads of requests and the writer.
final class SharedDoor: Sendable {
    private let door: Mutex<Door>
    private let published: Mutex<BufferStatistics>
    private let arrivals: PerLane<Bell>

    init(limits: BufferLimits, arrivals: PerLane<Bell>) {
        self.arrivals = arrivals
        door = Mutex(Door(limits: limits, closed: .diskFault))
        published = Mutex(
            BufferStatistics(condition: .refusing(.diskFault), bytesMax: limits.bytesMax))
    }

    func withDoor<Value>(_ body: (inout Door) -> sending Value) -> sending Value {
        door.withLock { body(&$0) }
    }

    /// The last figures, with what was turned away since.
    var statistics: BufferStatistics {
        var statistics = published.withLock { $0 }
        let (refused, closed) = door.withLock { ($0.refused, $0.closed) }
        for lane in Lane.allCases {
            for (reason, count) in refused[lane] {
                statistics.lanes[lane].refused[reason, default: 0] += count
            }
        }
        statistics.condition = closed.map { .refusing($0) } ?? .open
        return statistics
    }

    func publish(_ statistics: BufferStatistics) {
        published.withLock { $0 = statistics }
        for lane in Lane.allCases where statistics.lanes[lane].pending > 0 {
            arrivals[lane].ring()
        }
    }
}

package import Buffer
package import ConveyProtocol

/// Where intake leaves events: the buffer, or a test's memory.
package protocol EventStore: Sendable {
    /// Reads the clock for what arrives now.
    func stamp() -> EdgeClock.Stamp

    /// Leaves a request's events; `completion` hears, once and perhaps on another thread, why the
    /// events of each lane were turned away, nil for what is on the disk.
    func append(
        _ events: IncomingEvents,
        then completion: @escaping @Sendable (PerLane<BufferRefusal?>) -> Void)

    /// Counts what intake itself turned away, for the books.
    func countRefused(_ count: Int, as reason: String, in lane: Lane)

    /// Why nothing is taken at all now; nil when open.
    var shutBecause: BufferRefusal? { get }
}

extension Buffer::Buffer: EventStore {
    /// Reads the buffer's own clock.
    package func stamp() -> EdgeClock.Stamp { clock.stamp() }

    /// What the buffer's statistics say.
    package var shutBecause: BufferRefusal? {
        switch statistics.condition {
        case .open: nil
        case .refusing(let refusal): refusal
        }
    }
}

import Buffer
import ConveyProtocol
import Daemon
import HTTP
import Time

/// `buffer status|list|export`: looks at what the collector holds, running or not. Changes nothing.
struct BufferCommands {
    private let configuration: Configuration
    let place: CollectorPlace

    init(_ configuration: Configuration) {
        self.configuration = configuration
        place = CollectorPlace(configuration)
    }

    /// Asks the running collector, or opens the buffer itself under the daemon's lock.
    func status(wantsJSON: Bool) async -> Int32 {
        do throws(SystemFault) {
            let lock = try FileLock(place.lock)
            guard BoundedFile.exists(place.buffer) else { return missing() }
            let buffer = CollectorParts.makeBuffer(
                configuration, place, Log(level: .error, format: .text))
            await buffer.open()
            let report = StatusReport(
                takenAt: SystemClock().now(), buffer: buffer.statistics,
                running: nil)
            await buffer.close()
            Terminal.tell(
                part: wantsJSON ? report.json() + [10] : Array((report.text() + "\n").utf8))
            _ = consume lock
            return 0
        } catch {
            if error.isHeld { return await StatusCommand(place, wantsJSON: wantsJSON).run() }
            Terminal.complain(error.sentence)
            return 1
        }
    }

    /// One line for each run of events: lane, numbers, state, age, bytes.
    func list(_ lanes: [Lane]) -> Int32 {
        withView { (view) throws(BufferFault) in
            for lane in lanes {
                try view.segments(of: lane) { segment in
                    Terminal.tell(Self.line(segment))
                    return true
                }
            }
        }
    }

    /// One event a line, as it is sent.
    func export(_ lanes: [Lane], includesReceipted: Bool) -> Int32 {
        withView { (view) throws(BufferFault) in
            for lane in lanes {
                try view.events(of: lane, includesReceipted: includesReceipted) { line in
                    Terminal.tell(part: line + [10])
                    return true
                }
            }
        }
    }

    /// The lane that was named, or all; nil for a name that is none.
    static func lanes(_ name: String?) -> [Lane]? {
        guard let name else { return Lane.allCases }
        return Lane(rawValue: name).map { [$0] }
    }

    private static func line(_ segment: BufferView.Segment) -> String {
        let state = segment.isReceipted ? "receipted" : "pending"
        return
            "\(segment.lane.rawValue) \(segment.seqs.lowerBound)-\(segment.seqs.upperBound) \(state)"
            + " \(segment.oldest) \(segment.storedBytes) bytes for \(segment.lineBytes)"
    }

    private func withView(_ body: (inout BufferView) throws(BufferFault) -> Void) -> Int32 {
        guard BoundedFile.exists(place.buffer) else { return missing() }
        do throws(BufferFault) {
            guard var view = try BufferView(BufferPlace(path: place.buffer)) else {
                return missing()
            }
            try body(&view)
            return 0
        } catch {
            Terminal.complain(error.sentence)
            return 1
        }
    }

    private func missing() -> Int32 {
        Terminal.complain("There is no buffer in \(place.directory).")
        return 66
    }
}

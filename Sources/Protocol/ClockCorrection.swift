internal import Time

/// Moves the times of an event that was written before the collector knew its clock.
/// - Source: protocol/event.md, section 7.
package enum ClockCorrection {
    /// Appends the event with corrected times: `received_at` always, `occurred_at` where it came from
    /// the collector's clock, `clock_offset_ms` increased by as much.
    /// - Parameter event: Canonical bytes as `EventWriter` made them, without `seq`.
    /// - Returns: False when the bytes do not have that form; nothing is appended then.
    package static func append(
        _ event: Span<UInt8>, shiftedBy milliseconds: Int64, to bytes: inout [UInt8]
    ) -> Bool {
        guard let places = Places(event), let times = Times(event, places) else { return false }
        let shift = Duration.milliseconds(milliseconds)
        let isOurs = times.occurred == times.received || places.hasClientTime
        bytes.append(event.extracting(0..<places.occurred))
        (isOurs ? times.occurred + shift : times.occurred).appendRFC3339(to: &bytes)
        bytes.append(event.extracting(places.occurred + 24..<places.received))
        (times.received + shift).appendRFC3339(to: &bytes)
        bytes.append(event.extracting(places.received + 24..<places.offset.lowerBound))
        bytes.append(contentsOf: String(times.offset + milliseconds).utf8)
        bytes.append(event.extracting(places.offset.upperBound..<event.count))
        return true
    }

    private struct Times {
        let occurred: Timestamp
        let received: Timestamp
        let offset: Int64

        init?(_ event: Span<UInt8>, _ places: Places) {
            guard
                let occurred = Timestamp(
                    rfc3339: event.extracting(places.occurred..<places.occurred + 24)),
                let received = Timestamp(
                    rfc3339: event.extracting(places.received..<places.received + 24)),
                let digits = String(copying: event.extracting(places.offset)),
                let offset = Int64(digits)
            else { return nil }
            (self.occurred, self.received, self.offset) = (occurred, received, offset)
        }
    }

    /// Where the values lie. No free text stands before them, so the first find is the member.
    private struct Places {
        let occurred: Int
        let received: Int
        let hasClientTime: Bool
        let offset: Range<Int>

        init?(_ event: Span<UInt8>) {
            guard let occurred = event.end(of: #","occurred_at":""#, from: 0, within: 512),
                let received = event.end(of: #"","received_at":""#, from: occurred + 24)
            else { return nil }
            self.occurred = occurred
            self.received = received
            let client = event.end(of: #"","client_time":""#, from: received + 24)
            hasClientTime = client != nil
            let next = client ?? received
            guard let start = event.end(of: #"","clock_offset_ms":"#, from: next + 24)
            else { return nil }
            var end = start
            while end < event.count, event[end] != UInt8(ascii: ","),
                event[end] != UInt8(ascii: "}")
            {
                end += 1
            }
            offset = start..<end
        }
    }
}

extension Span<UInt8> {
    /// The index behind a text that begins at most `within` bytes behind `from`.
    fileprivate func end(of text: StaticString, from start: Int, within: Int = 0) -> Int? {
        let wanted = Array(text.description.utf8)
        for offset in start...start + within {
            guard offset + wanted.count <= count else { return nil }
            if wanted.indices.allSatisfy({ self[offset + $0] == wanted[$0] }) {
                return offset + wanted.count
            }
        }
        return nil
    }
}

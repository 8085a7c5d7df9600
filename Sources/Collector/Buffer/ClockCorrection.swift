import Time

/// Moves the times of events that were stamped by an uncorrected clock. Pure.
///
/// Canonical events begin with `id`, `type`, `site`, `source`, `class`, `occurred_at`,
/// `received_at`, `client_time` (or not) and `clock_offset_ms`, none of which needs escapes: that
/// head is read and written anew, the rest is copied.
/// - Source: protocol/event.md, section 7.
struct ClockCorrection {
    private let shift: Duration
    private let offset: Int64

    /// - Parameter shift: What is added; whole milliseconds of it, as the times are written.
    init(shift: Duration) {
        offset = shift.wholeMilliseconds
        self.shift = .milliseconds(offset)
    }

    /// The same lines with corrected times. An event whose head is of another form stays as it is.
    func corrected(_ lines: [UInt8], starts: [Int]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(lines.count + starts.count * 8)
        for index in 1..<starts.count {
            append(lines[starts[index - 1]..<starts[index]], to: &result)
        }
        return result
    }

    private func append(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        guard let head = Head(line), let received = Timestamp(rfc3339: line[head.receivedAt]),
            let occurred = Timestamp(rfc3339: line[head.occurredAt])
        else {
            result += line
            return
        }
        let movesOccurred = head.hasClientTime || occurred == received
        result += line[line.startIndex..<head.occurredAt.lowerBound]
        result += (movesOccurred ? occurred + shift : occurred).description.utf8
        result += line[head.occurredAt.upperBound..<head.receivedAt.lowerBound]
        result += (received + shift).description.utf8
        result += line[head.receivedAt.upperBound..<head.offset.lowerBound]
        result += String(offset).utf8
        result += line[head.offset.upperBound...]
    }

    /// Where the times of an event stand.
    private struct Head {
        var occurredAt = 0..<0
        var receivedAt = 0..<0
        var offset = 0..<0
        var hasClientTime = false

        /// Nil where the line does not begin as canonical events do.
        init?(_ line: ArraySlice<UInt8>) {
            guard line.first == UInt8(ascii: "{") else { return nil }
            var cursor = line.startIndex + 1
            for _ in 0..<9 {
                guard let name = Self.string(line, &cursor), cursor < line.endIndex,
                    line[cursor] == UInt8(ascii: ":")
                else { return nil }
                cursor += 1
                if Self.isName("clock_offset_ms", line[name]) {
                    offset = cursor..<Self.endOfNumber(line, cursor)
                    guard !offset.isEmpty, !occurredAt.isEmpty, !receivedAt.isEmpty else {
                        return nil
                    }
                    return
                }
                guard let value = Self.string(line, &cursor), cursor < line.endIndex,
                    line[cursor] == UInt8(ascii: ",")
                else { return nil }
                cursor += 1
                if Self.isName("occurred_at", line[name]) { occurredAt = value }
                if Self.isName("received_at", line[name]) { receivedAt = value }
                if Self.isName("client_time", line[name]) { hasClientTime = true }
            }
            return nil
        }

        /// A string without escapes; its bytes between the quotes.
        private static func string(_ line: ArraySlice<UInt8>, _ cursor: inout Int) -> Range<Int>? {
            guard cursor < line.endIndex, line[cursor] == UInt8(ascii: "\"") else { return nil }
            let start = cursor + 1
            var end = start
            while end < line.endIndex, line[end] != UInt8(ascii: "\"") {
                guard line[end] != UInt8(ascii: "\\") else { return nil }
                end += 1
            }
            guard end < line.endIndex else { return nil }
            cursor = end + 1
            return start..<end
        }

        private static func endOfNumber(_ line: ArraySlice<UInt8>, _ start: Int) -> Int {
            line[start...].firstIndex { !($0 == UInt8(ascii: "-") || (48...57).contains($0)) }
                ?? line.endIndex
        }

        private static func isName(_ name: StaticString, _ bytes: ArraySlice<UInt8>) -> Bool {
            bytes.elementsEqual(name.description.utf8)
        }
    }
}

extension Timestamp {
    fileprivate init?(rfc3339 text: ArraySlice<UInt8>) {
        self.init(rfc3339: text.span)
    }
}

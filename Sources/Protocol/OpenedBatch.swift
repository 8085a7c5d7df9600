import JSON
internal import Zstd

/// A batch from the wire whose framing holds: header, and lines that bear the right numbers. What is
/// in the lines behind the number is not looked at yet.
package struct OpenedBatch: Sendable {
    /// The first line.
    package let header: BatchHeader
    /// The decoded body, header line included.
    package let bytes: [UInt8]
    /// Where each event line lies in `bytes`, without its LF; as many as the header's `count`.
    package let lines: [Range<Int>]

    /// Lends a line.
    package func withLine<Result, Failure: Error>(
        _ index: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes.span.extracting(lines[index]))
    }
}

/// Opens batches from strangers: size, window, lines and numbers are bounded before anything is
/// believed. Reusable. Not for two threads at once.
package struct BatchOpener: ~Copyable {
    private let limits: BatchLimits
    private var decompressor = Decompressor(windowLogMax: 23)
    private var parser = JSONParser(bytesMax: BatchHeader.bytesMax, depthMax: 8)

    /// - Parameter limits: At most what the protocol allows.
    package init(limits: BatchLimits = .standard) { self.limits = limits }

    /// Opens a body with `Content-Encoding: zstd`.
    package mutating func open(zstd body: Span<UInt8>) throws(ProtocolProblem) -> OpenedBatch {
        let decoded: [UInt8]
        do throws(ZstdError) {
            decoded = try decompressor.decompress(body, bytesMax: limits.bytesMax)
        } catch {
            throw ProtocolProblem(error, .zstd, limits)
        }
        return try open(decoded: decoded)
    }

    /// Opens a body with `Content-Encoding: dcz`.
    package mutating func open(dcz body: Span<UInt8>) throws(ProtocolProblem) -> OpenedBatch {
        try open(decoded: try BatchDictionary.decode(body, limits: limits))
    }

    /// Opens a body without a content coding, or one that HTTP has decoded already.
    package mutating func open(decoded bytes: [UInt8]) throws(ProtocolProblem) -> OpenedBatch {
        guard bytes.count <= limits.bytesMax else { throw .tooLarge(limits) }
        let (header, start) = try header(of: bytes)
        guard header.coverage.count <= limits.eventsMax else { throw .tooLarge(limits) }
        let lines = try Self.lines(of: bytes.span, from: start, header.coverage)
        return OpenedBatch(header: header, bytes: bytes, lines: lines)
    }

    private mutating func header(
        of bytes: [UInt8]
    ) throws(ProtocolProblem) -> (header: BatchHeader, end: Int) {
        guard let end = bytes.prefix(BatchHeader.bytesMax + 1).firstIndex(of: UInt8(ascii: "\n"))
        else { throw .framing(.lineEnd, line: 1) }
        let header = try parser.parse(
            bytes.span.extracting(0..<end), orThrow: Self.problem
        ) { root throws(ProtocolProblem) in
            try BatchHeader(root)
        }
        return (header, end + 1)
    }

    private static func problem(_ error: JSONError) -> ProtocolProblem {
        switch error.kind {
        case .invalidUTF8: .framing(.utf8, line: 1)
        case .empty: .framing(.emptyLine, line: 1)
        case .outOfMemory: .unavailable(retryAfter: .seconds(5))
        case .oversized, .malformed, .tooDeep, .malformedString, .malformedNumber, .duplicateKey:
            .framing(.headerJSON, line: 1)
        }
    }

    /// Splits the lines and holds their numbers against the header's.
    private static func lines(
        of bytes: Span<UInt8>, from start: Int, _ coverage: BatchHeader.Coverage
    ) throws(ProtocolProblem) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        lines.reserveCapacity(coverage.count)
        var numbers = SeqWalk(coverage)
        var offset = start
        while offset < bytes.count {
            let number = lines.count + 2
            guard let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: offset) else {
                throw .framing(.lineEnd, line: number)
            }
            guard end > offset else { throw .framing(.emptyLine, line: number) }
            guard lines.count < coverage.count else { throw .framing(.count, line: number) }
            guard EventLine.seq(of: bytes.extracting(offset..<end)) == numbers.next() else {
                throw .framing(.seq, line: number)
            }
            lines.append(offset..<end)
            offset = end + 1
        }
        guard lines.count == coverage.count else { throw .framing(.count, line: lines.count + 2) }
        return lines
    }
}

/// Yields the numbers of a batch that have a line, in order.
package struct SeqWalk {
    private var seq: Int64
    private let last: Int64
    private let gaps: [Gap]
    private var gap = 0

    /// Starts at the batch's first number.
    package init(_ coverage: BatchHeader.Coverage) {
        (seq, last) = (coverage.firstSeq, coverage.lastSeq)
        gaps = coverage.gaps
    }

    /// The next number with a line, nil after the last.
    package mutating func next() -> Int64? {
        while gap < gaps.count, gaps[gap].first == seq {
            seq = gaps[gap].last + 1
            gap += 1
        }
        guard seq <= last else { return nil }
        defer { seq += 1 }
        return seq
    }
}

extension Span<UInt8> {
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}

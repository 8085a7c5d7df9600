package import Crypto
internal import JSON
internal import Zstd

/// Puts events of one lane together until the batch is full, then seals it. Makes one batch; keeps
/// the chain on the way. Not for two threads at once.
package struct BatchWriter: ~Copyable {
    private let lane: Lane
    private let firstSeq: Int64
    private let chainBefore: SHA256Digest
    private let limits: BatchLimits
    /// Whether a small batch may be sealed with the published dictionary: only for a receiver that
    /// has said that it knows it.
    package var mayUseDictionary = false
    private var chain: Chain
    private var nextSeq: Int64
    private var count = 0
    private var gaps: [Gap] = []
    private var lines: [UInt8] = []
    /// Whether its numbers were gaps so far: then the chain does not change.
    package var isFilling = false

    /// Starts a batch behind the event numbered `firstSeq` − 1, where the chain has this value.
    package init(
        lane: Lane, firstSeq: Int64, chain: SHA256Digest, limits: BatchLimits = .standard
    ) {
        precondition(firstSeq >= 1, "Numbers start at 1.")
        self.lane = lane
        self.firstSeq = firstSeq
        self.limits = limits
        nextSeq = firstSeq
        chainBefore = chain
        self.chain = Chain(after: chain)
    }

    /// How many events are in.
    package var eventCount: Int { count }
    /// The number that the next event gets.
    package var expectedSeq: Int64 { nextSeq }
    /// The chain's value after what is in.
    package var chainValue: SHA256Digest { chain.value }

    /// Adds the next event: `{"seq":N,` and the canonical event without its brace.
    /// - Parameter event: The canonical bytes as stored, from `{` to `}`, without `seq` and LF.
    /// - Returns: False when the batch is full; the event is then not in it. The first event of a
    ///   batch always goes in.
    package mutating func add(event: Span<UInt8>) -> Bool {
        precondition(
            event.count > 2 && event[0] == UInt8(ascii: "{"), "An event is a JSON object.")
        guard hasRoom(bytes: event.count + 28) else { return false }
        let start = beginLine()
        lines.append(event.extracting(1..<event.count))
        endLine(from: start)
        return true
    }

    /// Adds the next event out of many that lie in one array, which is several times faster.
    /// - Parameter range: Where the event stands in `bytes`.
    /// - Returns: As `add(event:)`.
    package mutating func add(eventIn bytes: [UInt8], _ range: Range<Int>) -> Bool {
        precondition(
            range.count > 2 && bytes[range.lowerBound] == UInt8(ascii: "{"),
            "An event is a JSON object.")
        guard hasRoom(bytes: range.count + 28) else { return false }
        let start = beginLine()
        lines.append(contentsOf: bytes[range.lowerBound + 1..<range.upperBound])
        endLine(from: start)
        return true
    }

    /// Writes what stands before an event's first member; returns where the line begins.
    private mutating func beginLine() -> Int {
        let start = lines.count
        lines.append(contentsOf: "{\"seq\":".utf8)
        lines.append(contentsOf: String(nextSeq).utf8)
        lines.append(UInt8(ascii: ","))
        return start
    }

    private mutating func endLine(from start: Int) {
        chain.add(lineIn: lines, start..<lines.count)
        lines.append(UInt8(ascii: "\n"))
        nextSeq += 1
        count += 1
    }

    /// States that the next numbers, up to `last`, will not come. Never split: the chain takes it as
    /// one step.
    /// - Returns: False when the header has no room for another gap.
    package mutating func addGap(upTo last: Int64, _ reason: Gap.Reason) -> Bool {
        guard gaps.count < BatchHeader.gapsMax / 2,
            let gap = Gap(first: nextSeq, last: last, reason: reason)
        else { return false }
        gaps.append(gap)
        chain.add(gap)
        nextSeq = last + 1
        return true
    }

    private func hasRoom(bytes: Int) -> Bool {
        count == 0
            || count < limits.eventsMax
                && lines.count + bytes + BatchHeader.bytesMax <= limits.bytesMax
    }
}

extension BatchWriter {
    /// Seals what is in; nothing is an empty batch, which keeps the connection alive.
    package consuming func seal(
        collector: CollectorID, epoch: EpochID, parent: BatchHeader.Parent?,
        standing: BatchHeader.Standing
    ) throws(SealFault) -> SealedBatch {
        let isEmpty = nextSeq == firstSeq
        let header = BatchHeader(
            collector: collector, epoch: epoch, parent: parent,
            coverage: BatchHeader.Coverage(
                lane: lane, numbers: isEmpty ? nil : firstSeq...nextSeq - 1, next: firstSeq,
                gaps: gaps, chain: (chainBefore, isFilling ? chainBefore : chain.value)),
            standing: standing)
        return try seal(header)
    }

    /// The uncompressed body, for vectors and for looking at.
    package static func body(_ header: BatchHeader, lines: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: lines.count + 2048)
        header.write(to: &writer)
        writer.lineBreak()
        return writer.bytes + lines
    }

    private consuming func seal(_ header: BatchHeader) throws(SealFault) -> SealedBatch {
        let decoded = Self.body(header, lines: lines)
        let isCodedByDictionary =
            mayUseDictionary
            && BatchDictionary.suits(eventCount: count, decodedByteCount: decoded.count)
        do throws(ZstdError) {
            let body =
                isCodedByDictionary
                ? try BatchDictionary.encode(decoded.span) : try Self.compressed(decoded.span)
            return SealedBatch(
                header: header, coding: isCodedByDictionary ? .dcz : .zstd, body: body,
                digest: SHA256Digest(of: body), decodedByteCount: decoded.count)
        } catch {
            throw SealFault()
        }
    }

    private static func compressed(_ decoded: Span<UInt8>) throws(ZstdError) -> [UInt8] {
        var compressor = Compressor(level: 1)
        return try compressor.compress(decoded)
    }
}

extension [UInt8] {
    /// Appends borrowed bytes.
    mutating func append(_ span: Span<UInt8>) {
        for index in span.indices { append(span[index]) }
    }
}

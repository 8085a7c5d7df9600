/// Reads the chunked coding (RFC 9112, section 7.1) from bytes that may come one at a time. Pure.
///
/// Chunk extensions and trailer fields are checked for form, bounded, and left out.
struct ChunkReader: Sendable {
    private enum State: Sendable {
        case size, sizeCarriageReturn, fieldExtension, data, dataEnd, dataLineFeed, trailer, done
    }

    /// Bytes of extensions and trailers together, over the whole body.
    static let extraBytesMax = 4_096

    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var extra = 0
    private var trailer: [UInt8] = []

    /// Whether the last chunk and the trailers have been read.
    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// Reads on; stops behind the body's last byte.
    /// - Parameter body: gets the data; never grows above `bytesMax`.
    /// - Returns: how many of the bytes belonged to this body; nil when the data exceeds `bytesMax`.
    mutating func read(
        _ bytes: Span<UInt8>, into body: inout [UInt8], bytesMax: Int
    ) throws(HeadRefusal) -> Int? {
        var index = 0
        while index < bytes.count, !isDone {
            if case .data = state {
                let count = min(remaining, bytes.count - index)
                guard body.count + count <= bytesMax else { return nil }
                bytes.extracting(index..<(index + count)).append(to: &body)
                index += count
                remaining -= count
                if remaining == 0 { state = .dataEnd }
            } else {
                try step(bytes[index])
                index += 1
            }
        }
        return index
    }

    private mutating func step(_ byte: UInt8) throws(HeadRefusal) {
        switch state {
        case .size: try readSize(byte)
        case .fieldExtension: try readExtension(byte)
        case .sizeCarriageReturn:
            guard byte == ASCII.lineFeed else { throw .malformedChunk }
            state = remaining == 0 ? .trailer : .data
            digits = 0
        case .dataEnd:
            guard byte == ASCII.carriageReturn else { throw .malformedChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lineFeed else { throw .malformedChunk }
            state = .size
        case .trailer: try readTrailer(byte)
        case .data, .done: preconditionFailure("The caller reads data in runs and stops when done.")
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(HeadRefusal) {
        if let value = ASCII.hexValue(byte) {
            digits += 1
            guard digits <= 12 else { throw .malformedChunk }
            remaining = (digits == 1 ? 0 : remaining << 4) | Int(value)
            return
        }
        guard digits > 0 else { throw .malformedChunk }
        switch byte {
        case ASCII.carriageReturn: state = .sizeCarriageReturn
        case ASCII.semicolon: state = .fieldExtension
        default: throw .malformedChunk
        }
    }

    private mutating func readExtension(_ byte: UInt8) throws(HeadRefusal) {
        extra += 1
        guard extra <= Self.extraBytesMax else { throw .malformedChunk }
        if byte == ASCII.carriageReturn {
            state = .sizeCarriageReturn
        } else if byte < ASCII.space && byte != ASCII.horizontalTab || byte == ASCII.delete {
            throw .malformedChunk
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(HeadRefusal) {
        extra += 1
        guard extra <= Self.extraBytesMax else { throw .headTooLarge }
        trailer.append(byte)
        guard byte == ASCII.lineFeed else { return }
        guard trailer.count >= 2, trailer[trailer.count - 2] == ASCII.carriageReturn else {
            throw .bareLineFeed
        }
        let isLast = trailer.count == 2
        if !isLast {
            trailer += [ASCII.carriageReturn, ASCII.lineFeed]
            var reader = FieldReader(capacity: trailer.count)
            try reader.read(trailer.span, from: 0, fieldsMax: 1)
        }
        trailer.removeAll()
        if isLast { state = .done }
    }
}

import ConveyProtocol
import Zstd

/// The event lines of a batch that lies in a file, perhaps mended by hand: the header's line is not
/// looked at, the file's name says what it covers.
struct QuarantinedLines {
    /// What keeps a file from coming back; the sentence is for the operator.
    enum Refusal: Error, Equatable {
        case undecodable
        /// Counted from 1, the header's.
        case malformed(line: Int)
        case wrongNumber(line: Int)
        case empty

        /// What to mend.
        var sentence: String {
            switch self {
            case .undecodable: "It is neither text nor a zstd frame, or is larger than a batch."
            case .malformed(let line):
                "Line \(line) is no event: it begins with {\"seq\":N, and ends with } and a line feed."
            case .wrongNumber(let line):
                "Line \(line) has a number that is not above the one before, or not of this batch."
            case .empty: "It holds no event."
            }
        }
    }

    /// Lines with their numbers, each ended by a line feed.
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    /// Reads a file's bytes: zstd or plain.
    /// - Parameter seqs: what its name says it covers.
    init(file: [UInt8], seqs: ClosedRange<Int64>) throws(Refusal) {
        let text = try Self.decoded(file)
        guard let headerEnd = text.firstIndex(of: UInt8(ascii: "\n")) else { throw .empty }
        var number = 1
        var previous = seqs.lowerBound - 1
        var start = headerEnd + 1
        while start < text.count {
            number += 1
            guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                throw .malformed(line: number)
            }
            let line = Array(text[start..<end])
            guard line.last == UInt8(ascii: "}"), let seq = EventLine.seq(of: line.span),
                line.count <= IncomingEvents.eventBytesMax + 32
            else { throw .malformed(line: number) }
            guard seq > previous, seq <= seqs.upperBound else { throw .wrongNumber(line: number) }
            previous = seq
            bytes += text[start...end]
            count += 1
            start = end + 1
        }
        guard count > 0 else { throw .empty }
    }

    private static func decoded(_ file: [UInt8]) throws(Refusal) -> [UInt8] {
        let bytesMax = BatchLimits.standard.bytesMax
        guard file.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) else {
            guard file.first == UInt8(ascii: "{"), file.count <= bytesMax else {
                throw .undecodable
            }
            return file
        }
        do throws(ZstdError) {
            var decompressor = Decompressor()
            return try decompressor.decompress(file, bytesMax: bytesMax)
        } catch {
            throw .undecodable
        }
    }

    /// Splits lines as `bytes` holds them into number and canonical event, from `{` to `}`.
    static func each(
        in bytes: [UInt8], _ body: (Int64, [UInt8]) throws -> Bool
    ) rethrows {
        var start = 0
        while start < bytes.count,
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        {
            let line = bytes[start..<end]
            start = end + 1
            guard let seq = EventLine.seq(of: line.span), let comma = line.firstIndex(of: 0x2C)
            else { continue }
            guard try body(seq, [UInt8(ascii: "{")] + line[(comma + 1)...]) else { return }
        }
    }
}

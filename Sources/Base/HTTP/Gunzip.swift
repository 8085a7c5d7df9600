private import CZlib

/// Opens gzip (RFC 1952) from anybody, output bounded by the caller.
enum Gunzip {
    enum Failure: Error, Equatable {
        case malformed, truncated
        case oversized
    }

    /// The content of one or more gzip members, joined. Memory grows with what really comes out.
    /// - Parameter bytesMax: most bytes that come out; one more and nothing does.
    static func decompress(_ bytes: [UInt8], bytesMax: Int) throws(Failure) -> [UInt8] {
        var stream = unsafe z_stream()
        let windowBitsForGzip: Int32 = 15 + 16
        let status = unsafe inflateInit2_(
            &stream, windowBitsForGzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "No memory for a gzip decompressor.")
        defer { unsafe inflateEnd(&stream) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(bytesMax + 1, 65_536))
        var offset = 0
        while true {
            let step = unsafe step(&stream, bytes, from: offset, into: &piece)
            offset += step.read
            content.append(contentsOf: piece[..<step.written])
            guard content.count <= bytesMax else { throw .oversized }
            switch step.status {
            case Z_STREAM_END:
                if offset == bytes.count { return content }
                unsafe inflateReset(&stream)
            case Z_OK: break
            case Z_BUF_ERROR: throw .truncated
            default: throw .malformed
            }
        }
    }

    private static func step(
        _ stream: inout z_stream, _ bytes: [UInt8], from offset: Int, into piece: inout [UInt8]
    ) -> (status: Int32, read: Int, written: Int) {
        let capacity = piece.count
        return unsafe bytes.withUnsafeBufferPointer { source in
            unsafe piece.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress! + offset)
                unsafe stream.avail_in = UInt32(clamping: bytes.count - offset)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(capacity)
                let before = unsafe Int(stream.avail_in)
                let status = unsafe inflate(&stream, Z_NO_FLUSH)
                let read = unsafe before - Int(stream.avail_in)
                return unsafe (status, read, capacity - Int(stream.avail_out))
            }
        }
    }
}

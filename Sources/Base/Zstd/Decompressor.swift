private import CZstd

/// Opens zstd frames (RFC 8878) from anybody: output, window and time are bounded by the caller.
/// Reusable. Not for two threads at once.
@safe package struct Decompressor: ~Copyable {
    private let context: OpaquePointer
    private let windowLogMax: Int
    private let dictionary: DecompressionDictionary?

    /// - Parameter windowLogMax: Largest window is 2 to this power, 10...27; 23 (8 MiB) is what
    ///   RFC 8878 recommends every decoder to accept.
    /// - Parameter dictionary: What frames may refer to; a frame without one opens all the same.
    package init(windowLogMax: Int = 23, dictionary: DecompressionDictionary? = nil) {
        precondition((10...27).contains(windowLogMax), "zstd windows go from 2^10 to 2^27.")
        guard let made = unsafe ZSTD_createDCtx() else {
            preconditionFailure("No memory for a zstd decompressor.")
        }
        unsafe context = made
        self.windowLogMax = windowLogMax
        self.dictionary = dictionary
        unsafe ZSTD_DCtx_setParameter(made, ZSTD_d_windowLogMax, Int32(windowLogMax))
        if let dictionary { unsafe ZSTD_DCtx_refDDict(made, dictionary.digested) }
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// The content of one or more frames, joined; skippable frames hold none.
    /// Memory grows with what really comes out, never with what a header promises.
    /// - Parameter bytesMax: Most bytes that come out; one more and nothing does.
    package mutating func decompress(
        _ frames: Span<UInt8>, bytesMax: Int
    ) throws(ZstdError) -> [UInt8] {
        guard frames.count > 0 else { throw .truncated }
        unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        var content: [UInt8] = []
        var offset = 0
        while offset < frames.count {
            offset = try decompressFrame(frames, at: offset, into: &content, bytesMax: bytesMax)
        }
        return content
    }

    /// The content of one or more frames, joined.
    package mutating func decompress(
        _ frames: [UInt8], bytesMax: Int
    ) throws(ZstdError) -> [UInt8] {
        try decompress(frames.span, bytesMax: bytesMax)
    }

    /// Appends one frame's content; returns the offset behind the frame.
    private mutating func decompressFrame(
        _ frames: Span<UInt8>, at start: Int, into content: inout [UInt8], bytesMax: Int
    ) throws(ZstdError) -> Int {
        let head = start..<min(frames.count, start + FrameHeader.bytesMax)
        let header = try FrameHeader(frames.extracting(head))
        let room = bytesMax - content.count
        guard header.contentBytes ?? 0 <= UInt64(room) else { throw .oversized(bytesMax: bytesMax) }
        guard header.windowBytes <= UInt64(1) << windowLogMax else {
            throw .windowTooLarge(logMax: windowLogMax)
        }
        var offset = start
        while true {
            let step = try self.step(frames, at: offset, into: &content, bytesMax: bytesMax)
            offset += step.read
            guard content.count <= bytesMax else { throw .oversized(bytesMax: bytesMax) }
            if step.isEnd { return offset }
            // A decoder that had room and bytes to read, and used neither, waits for more input.
            if step.written < step.capacity, offset == frames.count { throw .truncated }
        }
    }

    private struct Step {
        var read = 0
        var written = 0
        var capacity = 0
        var isEnd = false
    }

    /// Decodes into a piece of at most 128 KiB, one byte beyond the bound at most.
    private mutating func step(
        _ frames: Span<UInt8>, at offset: Int, into content: inout [UInt8], bytesMax: Int
    ) throws(ZstdError) -> Step {
        var step = Step()
        step.capacity = min(bytesMax + 1 - content.count, max(16_384, min(content.count, 131_072)))
        var failure: ZstdError?
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: step.capacity) { target, count in
            var output = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: step.capacity, pos: 0)
            let left = unsafe frames.withUnsafeBufferPointer { source in
                var input = unsafe ZSTD_inBuffer(
                    src: source.baseAddress, size: source.count, pos: offset)
                let left = unsafe ZSTD_decompressStream(context, &output, &input)
                step.read = unsafe input.pos - offset
                return left
            }
            if ZSTD_isError(left) != 0 {
                failure = self.failure(left)
            } else {
                step.isEnd = left == 0
                count = unsafe output.pos
            }
        }
        if let failure { throw failure }
        step.written = piece.count
        content.append(contentsOf: piece)
        return step
    }

    private func failure(_ code: Int) -> ZstdError {
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_memory_allocation: .failed
        case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge(logMax: windowLogMax)
        case ZSTD_error_dictionary_wrong: .needsDictionary
        default: .malformed
        }
    }
}

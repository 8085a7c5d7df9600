private import CZstd

/// Makes zstd frames (RFC 8878) that state their content's size. Reusable: it keeps its tables.
/// Not for two threads at once.
@safe package struct Compressor: ~Copyable {
    private let context: OpaquePointer
    private let dictionary: CompressionDictionary?

    /// - Parameter level: 1 (fast; what the wire uses)...19.
    /// - Parameter hasChecksum: Whether each frame ends with four bytes over its content.
    package init(level: Int = 1, hasChecksum: Bool = false) {
        self.init(level: level, hasChecksum: hasChecksum, dictionary: nil)
    }

    /// Makes frames that refer to a dictionary, at the dictionary's level.
    package init(dictionary: CompressionDictionary) {
        self.init(level: 1, hasChecksum: false, dictionary: dictionary)
    }

    private init(level: Int, hasChecksum: Bool, dictionary: CompressionDictionary?) {
        precondition((1...19).contains(level), "zstd levels go from 1 to 19.")
        guard let made = unsafe ZSTD_createCCtx() else {
            preconditionFailure("No memory for a zstd compressor.")
        }
        unsafe context = made
        self.dictionary = dictionary
        unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_compressionLevel, Int32(level))
        unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_checksumFlag, hasChecksum ? 1 : 0)
        if let dictionary { unsafe ZSTD_CCtx_refCDict(made, dictionary.digested) }
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// One frame that holds these bytes.
    /// - Throws: `ZstdError.failed` without memory.
    package mutating func compress(_ bytes: Span<UInt8>) throws(ZstdError) -> [UInt8] {
        var failed = false
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) {
            target, count in
            let written = unsafe bytes.withUnsafeBufferPointer { source in
                unsafe ZSTD_compress2(
                    context, target.baseAddress, target.count, source.baseAddress, source.count)
            }
            failed = ZSTD_isError(written) != 0
            count = failed ? 0 : written
        }
        if failed { throw .failed }
        return frame
    }

    /// One frame that holds these bytes.
    package mutating func compress(_ bytes: [UInt8]) throws(ZstdError) -> [UInt8] {
        try compress(bytes.span)
    }
}

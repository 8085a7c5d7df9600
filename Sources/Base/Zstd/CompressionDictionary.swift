private import CZstd

/// Bytes that frames may refer back to, digested once for making frames at one level. Any number of
/// compressors on any threads share it.
///
/// `@unchecked Sendable`: zstd only reads a digested dictionary after it was made.
@safe package final class CompressionDictionary: @unchecked Sendable {
    let digested: OpaquePointer

    /// - Parameter text: Taken as it is, unless it begins as RFC 8878's dictionary format does.
    /// - Parameter level: 1...19, of every frame made with it.
    package init(_ text: Span<UInt8>, level: Int) {
        precondition((1...19).contains(level), "zstd levels go from 1 to 19.")
        let made = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe ZSTD_createCDict(bytes.baseAddress, bytes.count, Int32(level))
        }
        guard let made = unsafe made else { preconditionFailure("No memory for a dictionary.") }
        unsafe digested = made
    }

    deinit { unsafe ZSTD_freeCDict(digested) }
}

/// The same for opening frames.
///
/// `@unchecked Sendable`: zstd only reads a digested dictionary after it was made.
@safe package final class DecompressionDictionary: @unchecked Sendable {
    let digested: OpaquePointer

    /// - Parameter text: What the frames were made with.
    package init(_ text: Span<UInt8>) {
        let made = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe ZSTD_createDDict(bytes.baseAddress, bytes.count)
        }
        guard let made = unsafe made else { preconditionFailure("No memory for a dictionary.") }
        unsafe digested = made
    }

    deinit { unsafe ZSTD_freeDDict(digested) }
}

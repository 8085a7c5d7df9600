/// Why bytes could not be turned into zstd frames or back.
package enum ZstdError: Error, Equatable, Sendable {
    /// The frames hold more than the caller's bound; said before or while decoding, never after.
    case oversized(bytesMax: Int)
    /// A frame asks for more memory than the decoder's window limit.
    case windowTooLarge(logMax: Int)
    /// The bytes end inside a frame, or there are none.
    case truncated
    /// Not zstd, a wrong checksum, or something other than a frame after a frame.
    case malformed
    /// A frame made with a dictionary, which this decoder does not have.
    case needsDictionary
    /// The library failed by itself, as without memory; the one case that is not the sender's fault.
    case failed
}

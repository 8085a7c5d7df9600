import Zstd

/// Reads foreign bytes as zstd frames, which must never yield more than allowed, and packs them,
/// after which they must come out unchanged.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    let bytesMax = 300_000
    var decompressor = Decompressor(windowLogMax: 20)
    if let content = try? decompressor.decompress(bytes, bytesMax: bytesMax) {
        precondition(content.count <= bytesMax, "More came out than was allowed.")
    }
    var compressor = Compressor()
    guard let frame = try? compressor.compress(bytes) else { return 0 }
    let content = try? decompressor.decompress(frame, bytesMax: bytes.count)
    precondition(content == bytes, "A frame did not yield what it was made from.")
    return 0
}

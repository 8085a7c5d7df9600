/// Copies out of borrowed bytes, in one run instead of byte by byte.
extension Span<UInt8> {
    /// The bytes as text; what is not UTF-8 is replaced.
    var string: String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    func append(to output: inout [UInt8]) {
        unsafe withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }
}

/// Finds the end of a request's head in bytes that may come one at a time. Pure.
///
/// A line feed without its carriage return is refused as soon as it is seen: a reader that took it
/// for a line's end would see other fields than one that did not.
struct HeadScanner: Sendable {
    private var scanned = 0
    private var lineStart = 0

    /// Looks at the bytes that came since the last call.
    /// - Parameter bytes: all bytes of the head so far, from its first.
    /// - Returns: the offset behind the empty line that ends the head; nil while there is none.
    mutating func end(in bytes: Span<UInt8>, bytesMax: Int) throws(HeadRefusal) -> Int? {
        var index = scanned
        let bound = min(bytes.count, bytesMax)
        while index < bound {
            if bytes[index] == ASCII.lineFeed {
                guard index > lineStart, bytes[index - 1] == ASCII.carriageReturn else {
                    throw .bareLineFeed
                }
                if index - 1 == lineStart {
                    return index + 1
                }
                lineStart = index + 1
            }
            index += 1
        }
        scanned = index
        guard bytes.count < bytesMax else { throw lineStart == 0 ? .targetTooLong : .headTooLarge }
        return nil
    }
}

import JSON

/// Reads foreign bytes as one document and as NDJSON. What is read must survive being written:
/// the canonical text reads back and is written the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    if let first = canonical(bytes.span) {
        precondition(canonical(first.span) == first, "The canonical text is not stable.")
    }
    var lines = JSONLines(lineBytesMax: 4096, linesMax: 64)
    while let line = try? lines.next(in: bytes.span) {
        _ = canonical(bytes.span.extracting(line.range))
    }
    _ = JSONPointer(String(decoding: bytes, as: UTF8.self))
    return 0
}

private func canonical(_ text: Span<UInt8>) -> [UInt8]? {
    var parser = JSONParser(bytesMax: 65_536, depthMax: 32)
    return try? parser.parse(text) { root in
        var writer = JSONWriter()
        writer.element(root)
        if let object = root.object {
            for member in object { _ = root[member.key.string ?? ""] }
        }
        return writer.bytes
    }
}

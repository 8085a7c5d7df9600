@testable import HTTP

/// Reads foreign bytes as a request: head, then chunked body. The verdict must not depend on how the
/// network cut the bytes, and what is accepted must survive being written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let whole = headEnd(bytes, cut: bytes.count) else {
        precondition(headEnd(bytes, cut: bytes.count / 2) == nil, "A cut changed the verdict.")
        return 0
    }
    precondition(headEnd(bytes, cut: bytes.count / 2) == whole, "A cut changed the head's end.")
    guard let head = try? RequestHead(bytes.span.extracting(0..<whole), fieldsMax: 100) else {
        return 0
    }
    checkAgain(head)
    if head.framing == .chunked { checkChunks(Array(bytes[whole...])) }
    return 0
}

private func headEnd(_ bytes: [UInt8], cut: Int) -> Int? {
    var scanner = HeadScanner()
    do throws(HeadRefusal) {
        let first = try scanner.end(in: bytes.span.extracting(0..<cut), bytesMax: 4_096)
        if let first { return first }
        return cut == bytes.count ? nil : try scanner.end(in: bytes.span, bytesMax: 4_096)
    } catch {
        return nil
    }
}

private func checkAgain(_ head: RequestHead) {
    let query = head.target.rawQuery.map { "?" + $0 } ?? ""
    let line = "\(head.target.method.name) \(head.target.path)\(query) "
    var bytes = Array((line + (head.isVersion11 ? "HTTP/1.1\r\n" : "HTTP/1.0\r\n")).utf8)
    head.headers.serialize(into: &bytes)
    bytes += "\r\n".utf8
    guard let again = try? RequestHead(bytes.span, fieldsMax: 100) else {
        preconditionFailure("What was accepted is refused when it is written again.")
    }
    precondition(again.target == head.target && again.framing == head.framing)
    precondition(again.headers.all.map(\.value) == head.headers.all.map(\.value))
    _ = Query(head.target.rawQuery ?? "")
    _ = IPAddress(head.headers["x-forwarded-for"] ?? "")
    if let trace = TraceContext(head.headers) {
        precondition(TraceContext(["traceparent": trace.field]) == trace, "A trace has changed.")
    }
}

private func checkChunks(_ bytes: [UInt8]) {
    var whole = ChunkReader()
    var body: [UInt8] = []
    let used = try? whole.read(bytes.span, into: &body, bytesMax: 4_096)
    var parts = ChunkReader()
    var other: [UInt8] = []
    for index in bytes.indices where !parts.isDone {
        let piece = bytes.span.extracting(index..<(index + 1))
        guard let read = try? parts.read(piece, into: &other, bytesMax: 4_096), read == 1 else {
            precondition(used == nil, "Byte by byte the body is refused.")
            return
        }
    }
    precondition(used != nil && whole.isDone == parts.isDone && body == other)
}

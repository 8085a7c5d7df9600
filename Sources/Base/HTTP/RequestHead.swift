/// A request's head, read from its raw bytes and found free of every ambiguity that request
/// smuggling lives on. Pure.
///
/// Source: RFC 9110, section 5; RFC 9112, sections 2, 3, 5 and 6. Where the RFC lets a recipient be
/// generous, this one is not.
struct RequestHead: Sendable {
    let target: RequestTarget
    let headers: Headers
    let framing: BodyFraming
    let expectsContinue: Bool
    /// Whether the client wants to use the connection again.
    let keepsAlive: Bool
    let isVersion11: Bool

    /// Reads a head that ends with its empty line, as `HeadScanner` found it.
    init(_ bytes: Span<UInt8>, fieldsMax: Int) throws(HeadRefusal) {
        let lineEnd = try Self.lineEnd(bytes, from: 0)
        let line = try RequestLine(bytes.extracting(0..<lineEnd))
        var fields = FieldReader(capacity: bytes.count - lineEnd)
        try fields.read(bytes, from: lineEnd + 2, fieldsMax: fieldsMax)
        headers = fields.headers
        isVersion11 = line.isVersion11
        let host = line.host
        target = line.target
        let rules = HeaderHygiene(headers: headers, isVersion11: isVersion11)
        try rules.checkHost(inTarget: host)
        framing = try rules.framing()
        expectsContinue = try rules.expectsContinue()
        keepsAlive = rules.keepsAlive()
    }

    static func lineEnd(_ bytes: Span<UInt8>, from start: Int) throws(HeadRefusal) -> Int {
        var index = start
        while index < bytes.count {
            if bytes[index] == ASCII.carriageReturn {
                guard index + 1 < bytes.count, bytes[index + 1] == ASCII.lineFeed else {
                    throw .malformedFieldValue
                }
                return index
            }
            if bytes[index] == ASCII.lineFeed { throw .bareLineFeed }
            index += 1
        }
        throw .bareLineFeed
    }
}

/// How the end of a body is known.
enum BodyFraming: Sendable, Equatable {
    case length(Int)
    case chunked
}

/// The first line of a head.
private struct RequestLine {
    let target: RequestTarget
    /// The authority of a target in absolute form.
    let host: String?
    let isVersion11: Bool

    static let targetBytesMax = 8_192

    init(_ line: Span<UInt8>) throws(HeadRefusal) {
        var spaces: [Int] = []
        for index in 0..<line.count where line[index] == ASCII.space {
            spaces.append(index)
            if spaces.count > 2 { throw .malformedRequestLine }
        }
        guard spaces.count == 2, spaces[0] > 0, spaces[0] <= 32 else { throw .malformedRequestLine }
        let methodBytes = line.extracting(0..<spaces[0])
        for index in 0..<methodBytes.count where !ASCII.isToken(methodBytes[index]) {
            throw .malformedRequestLine
        }
        isVersion11 = try Self.isVersion11(line.extracting((spaces[1] + 1)..<line.count))
        let raw = line.extracting((spaces[0] + 1)..<spaces[1])
        guard raw.count <= Self.targetBytesMax else { throw .targetTooLong }
        (target, host) = try Self.target(raw, method: Method(methodBytes.string))
    }

    private static func isVersion11(_ text: Span<UInt8>) throws(HeadRefusal) -> Bool {
        guard text.count == 8, ASCII.equalsIgnoringCase(text.extracting(0..<5), "HTTP/"),
            text[0] == UInt8(ascii: "H"), text[6] == UInt8(ascii: "."),
            ASCII.isDigit(text[5]), ASCII.isDigit(text[7])
        else { throw .malformedRequestLine }
        guard text[5] == UInt8(ascii: "1") else { throw .versionUnsupported }
        return text[7] != UInt8(ascii: "0")
    }

    private static func target(
        _ raw: Span<UInt8>, method: Method
    ) throws(HeadRefusal) -> (RequestTarget, String?) {
        var question: Int?
        for index in 0..<raw.count {
            let byte = raw[index]
            guard byte > ASCII.space, byte < ASCII.delete, byte != UInt8(ascii: "#") else {
                throw .malformedRequestLine
            }
            if byte == ASCII.question, question == nil { question = index }
        }
        let (start, host) = try pathStart(raw, method: method)
        let pathEnd = max(question ?? raw.count, start)
        let path = start == pathEnd ? "/" : raw.extracting(start..<pathEnd).string
        let query = question.map { raw.extracting(($0 + 1)..<raw.count).string }
        return (RequestTarget(method: method, path: path, rawQuery: query), host)
    }

    /// Where the path begins, and the authority before it in absolute form, which a server must
    /// accept (RFC 9112, section 3.2.2).
    private static func pathStart(
        _ raw: Span<UInt8>, method: Method
    ) throws(HeadRefusal) -> (Int, String?) {
        guard raw.count > 0 else { throw .malformedRequestLine }
        if raw[0] == ASCII.slash { return (0, nil) }
        if raw.count == 1, raw[0] == UInt8(ascii: "*"), method == .options { return (0, nil) }
        for scheme in ["http://", "https://"] as [StaticString] {
            let length = scheme.utf8CodeUnitCount
            guard raw.count > length,
                ASCII.equalsIgnoringCase(raw.extracting(0..<length), scheme)
            else { continue }
            var end = length
            while end < raw.count, raw[end] != ASCII.slash, raw[end] != ASCII.question { end += 1 }
            return (end, raw.extracting(length..<end).string)
        }
        throw .malformedRequestLine
    }
}

/// Reads field lines into one array of bytes.
struct FieldReader {
    private var storage: [UInt8] = []
    private var fields: [Headers.Field] = []

    init(capacity: Int) {
        storage.reserveCapacity(capacity)
        fields.reserveCapacity(16)
    }

    var headers: Headers { Headers(storage: storage, fields: fields) }

    /// Reads lines up to the empty one.
    mutating func read(
        _ bytes: Span<UInt8>, from first: Int, fieldsMax: Int
    ) throws(HeadRefusal) {
        var start = first
        while true {
            let end = try RequestHead.lineEnd(bytes, from: start)
            if end == start { return }
            guard fields.count < fieldsMax else { throw .tooManyFields }
            try readLine(bytes.extracting(start..<end))
            start = end + 2
        }
    }

    private mutating func readLine(_ line: Span<UInt8>) throws(HeadRefusal) {
        if line[0] == ASCII.space || line[0] == ASCII.horizontalTab { throw .foldedLine }
        var colon = 0
        while colon < line.count, ASCII.isToken(line[colon]) { colon += 1 }
        guard colon < line.count else { throw .malformedFieldName }
        guard line[colon] == ASCII.colon else {
            let isSpace = line[colon] == ASCII.space || line[colon] == ASCII.horizontalTab
            throw isSpace ? .spaceBeforeColon : .malformedFieldName
        }
        guard colon > 0 else { throw .malformedFieldName }
        var start = colon + 1
        var end = line.count
        while start < end, Self.isBlank(line[start]) { start += 1 }
        while end > start, Self.isBlank(line[end - 1]) { end -= 1 }
        append(line, name: 0..<colon, value: start..<end)
        for index in start..<end where Self.isControl(line[index]) { throw .malformedFieldValue }
    }

    private mutating func append(_ line: Span<UInt8>, name: Range<Int>, value: Range<Int>) {
        let nameStart = UInt32(storage.count)
        line.extracting(name).append(to: &storage)
        let valueStart = UInt32(storage.count)
        line.extracting(value).append(to: &storage)
        fields.append(
            Headers.Field(
                nameStart: nameStart, nameEnd: valueStart,
                valueStart: valueStart, valueEnd: UInt32(storage.count)))
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.horizontalTab
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < ASCII.space && byte != ASCII.horizontalTab || byte == ASCII.delete
    }
}

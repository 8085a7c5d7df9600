/// Why a request's head or framing is turned away. Two readers could understand such a request in
/// two ways, so the connection is closed after the answer.
package enum HeadRefusal: Error, Equatable, Sendable, CaseIterable {
    case bareLineFeed, malformedRequestLine, targetTooLong, versionUnsupported
    case headTooLarge, tooManyFields
    case malformedFieldName, spaceBeforeColon, foldedLine, malformedFieldValue
    case hostMissing, hostRepeated, hostMalformed
    case lengthRepeated, lengthMalformed, encodingRepeated, encodingUnsupported
    case lengthAndEncoding, encodingBeforeVersion11
    case expectationUnknown
    case malformedChunk

    /// The HTTP status of the answer.
    package var status: Int {
        switch self {
        case .targetTooLong: 414
        case .headTooLarge, .tooManyFields: 431
        case .versionUnsupported: 505
        case .expectationUnknown: 417
        case .bareLineFeed, .malformedRequestLine, .malformedFieldName, .spaceBeforeColon,
            .foldedLine, .malformedFieldValue, .hostMissing, .hostRepeated, .hostMalformed,
            .lengthRepeated, .lengthMalformed, .encodingRepeated, .encodingUnsupported,
            .lengthAndEncoding, .encodingBeforeVersion11, .malformedChunk:
            400
        }
    }

    /// The rule that was broken, as the answer states it.
    package var sentence: String {
        switch self {
        case .bareLineFeed: "Every line of the head ends with CRLF."
        case .malformedRequestLine: "The request line is a method, a target and a version."
        case .targetTooLong: "The request target is too long."
        case .versionUnsupported: "This server speaks HTTP/1.1 and HTTP/1.0."
        case .headTooLarge: "The request's head is too large."
        case .tooManyFields: "The request has too many header fields."
        case .malformedFieldName: "A field's name is a token."
        case .spaceBeforeColon: "No space stands between a field's name and its colon."
        case .foldedLine: "A field stands on one line."
        case .malformedFieldValue: "A field's value has no control characters."
        case .hostMissing: "An HTTP/1.1 request has a Host field."
        case .hostRepeated: "A request has one Host field."
        case .hostMalformed: "The Host field names a host and perhaps a port."
        case .lengthRepeated: "A request has one Content-Length field."
        case .lengthMalformed: "Content-Length is a number of digits alone."
        case .encodingRepeated: "A request has one Transfer-Encoding field."
        case .encodingUnsupported: "The only transfer coding is chunked."
        case .lengthAndEncoding: "Content-Length and Transfer-Encoding exclude each other."
        case .encodingBeforeVersion11: "HTTP/1.0 has no transfer codings."
        case .expectationUnknown: "The only expectation is 100-continue."
        case .malformedChunk: "The chunked body is malformed."
        }
    }
}

/// An error as RFC 9457 shapes it: the one shape of errors everywhere, `application/problem+json`.
///
/// `title` and `detail` are our own constant sentences: never foreign text, never personal data.
package struct Problem: Sendable {
    /// What the client can branch on, e.g. `body_too_large`; ends `type`.
    package var code: String
    /// The answer's HTTP status.
    package var status: Int
    /// What went wrong, the same for every occurrence.
    package var title: String
    /// What is particular to this one.
    package var detail: String?
    /// One entry for each part of the input that is wrong.
    package var errors: [Violation]

    /// - Parameter title: A sentence of ours.
    package init(
        _ status: Int, _ code: String, _ title: String, detail: String? = nil,
        errors: [Violation] = []
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
    }

    /// One wrong part: where (a JSON pointer into the request's body), which rule, in words.
    package struct Violation: Sendable, Equatable {
        /// RFC 6901, into the request's body; empty for the whole.
        package var pointer: String
        /// What a client branches on.
        package var code: String
        /// The rule in words.
        package var message: String

        /// Names one wrong part.
        package init(pointer: String, code: String, message: String) {
            self.pointer = pointer
            self.code = code
            self.message = message
        }
    }

    /// The problem as JSON bytes; the server puts its request id beside it.
    package func json(requestID: RequestID? = nil) -> [UInt8] {
        var out = Array(#"{"type":"urn:convey:problem:"#.utf8)
        Self.appendEscaped(code, to: &out)
        out += #"","title":"#.utf8
        Self.appendString(title, to: &out)
        out += #","status":\#(status),"code":"#.utf8
        Self.appendString(code, to: &out)
        if let detail {
            out += #","detail":"#.utf8
            Self.appendString(detail, to: &out)
        }
        if !errors.isEmpty {
            out += #","errors":["#.utf8
            for (index, error) in errors.enumerated() {
                out += (index == 0 ? #"{"pointer":"# : #",{"pointer":"#).utf8
                Self.appendString(error.pointer, to: &out)
                out += #","code":"#.utf8
                Self.appendString(error.code, to: &out)
                out += #","message":"#.utf8
                Self.appendString(error.message, to: &out)
                out.append(UInt8(ascii: "}"))
            }
            out.append(UInt8(ascii: "]"))
        }
        if let requestID {
            out += #","request_id":"\#(requestID)""#.utf8
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    private static func appendString(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        appendEscaped(text, to: &out)
        out.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ text: String, to out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                out += "\\u00".utf8
                out += [hexDigit(byte >> 4), hexDigit(byte & 15)]
            default:
                out.append(byte)
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}

extension Response {
    /// A problem as an answer.
    package static func problem(_ problem: Problem, requestID: RequestID? = nil) -> Response {
        var response = Response(
            problem.status, headers: ["Content-Type": "application/problem+json"],
            body: problem.json(requestID: requestID))
        response.code = problem.code
        return response
    }

    /// A problem as an answer, in short.
    package static func problem(
        _ status: Int, _ code: String, _ title: String, requestID: RequestID? = nil
    ) -> Response {
        problem(Problem(status, code, title), requestID: requestID)
    }
}

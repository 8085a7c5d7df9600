/// Puts a response into bytes. Pure.
struct ResponseWriter {
    /// What the connection, not the handler, knows of an answer.
    struct Frame {
        var requestID: RequestID
        var date: [UInt8]
        var closes: Bool
        var isVersion11: Bool
        var isHead: Bool
    }

    static func append(_ response: Response, _ frame: Frame, to output: inout [UInt8]) {
        output.append(text: frame.isVersion11 ? "HTTP/1.1 " : "HTTP/1.0 ")
        output.append(decimal: response.status)
        output.append(ASCII.space)
        output.append(text: Reason.phrase(response.status))
        output.append(text: "\r\nDate: ")
        output.append(contentsOf: frame.date)
        output.append(text: "\r\nX-Request-Id: ")
        frame.requestID.append(to: &output)
        output.append(text: "\r\n")
        response.headers.serialize(into: &output)
        let hasBody = !Response.isBodiless(response.status)
        if hasBody {
            output.append(text: "Content-Length: ")
            output.append(decimal: response.body.count)
            output.append(text: "\r\n")
        }
        if frame.closes {
            output.append(text: "Connection: close\r\n")
        } else if !frame.isVersion11 {
            output.append(text: "Connection: keep-alive\r\n")
        }
        output.append(text: "\r\n")
        if hasBody, !frame.isHead { output.append(contentsOf: response.body) }
    }
}

extension [UInt8] {
    mutating func append(text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    mutating func append(decimal value: Int) {
        if value >= 10 { append(decimal: value / 10) }
        append(0x30 + UInt8(value % 10))
    }
}

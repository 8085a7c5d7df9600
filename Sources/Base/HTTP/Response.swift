/// One answer, whole. The server adds Content-Length, Date, Connection and X-Request-Id itself.
package struct Response: Sendable {
    /// 200...599; 1xx is the server's own business.
    package var status: Int
    /// All fields but those that the server adds.
    package var headers: Headers
    /// The whole body; left out for HEAD, 204 and 304.
    package var body: [UInt8]
    /// What went wrong, out of a list of ours, for the line in the log; not sent.
    package var code: String?

    /// An answer without a Content-Type unless `headers` brings one.
    package init(_ status: Int, headers: Headers = Headers(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON that is already bytes.
    package static func json(_ status: Int = 200, _ body: [UInt8]) -> Response {
        Response(status, headers: ["Content-Type": "application/json"], body: body)
    }

    /// Plain text in UTF-8.
    package static func text(_ status: Int = 200, _ text: String) -> Response {
        Response(
            status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    /// The same answer with one more field.
    package func with(_ name: String, _ value: String) -> Response {
        var copy = self
        copy.headers.add(name, value)
        return copy
    }

    /// Whether answers of this status have no body at all (RFC 9110, section 6.4.1).
    static func isBodiless(_ status: Int) -> Bool { status == 204 || status == 304 }
}

/// The reason phrases of the status line.
enum Reason {
    static func phrase(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: "Status"
        }
    }
}

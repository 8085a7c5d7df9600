import HTTP

/// How many requests are let through in a minute or an hour.
struct RateQuota: Equatable, Sendable {
    /// What answers call it.
    let name: String
    /// 1 or more.
    let requests: Int
    let window: Window

    enum Window: Int64, Sendable {
        case minute = 60
        case hour = 3600

        var seconds: Int64 { rawValue }
    }

    init(_ name: String, _ requests: Int, per window: Window) {
        (self.name, self.requests, self.window) = (name, max(requests, 1), window)
    }
}

/// A request that came before its quota had room again.
package struct RateRefusal: Equatable, Sendable {
    /// All that the request was held against.
    let quotas: [RateQuota]
    let exceeded: RateQuota
    /// 1 s or more, to the second.
    let waitSeconds: Int64

    /// Adds the fields that tell a client its quotas and when to come again; for answers of any shape.
    /// - Source: RFC 9110, section 10.2.3; draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4.
    func limiting(_ response: Response) -> Response {
        let policies = quotas.map { "\"\($0.name)\";q=\($0.requests);w=\($0.window.seconds)" }
        return response.with("Retry-After", "\(waitSeconds)")
            .with("RateLimit", "\"\(exceeded.name)\";r=0;t=\(waitSeconds)")
            .with("RateLimit-Policy", policies.joined(separator: ", "))
    }
}

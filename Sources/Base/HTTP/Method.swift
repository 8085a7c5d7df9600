/// A request's method. Methods are compared with case (RFC 9110, section 9.1).
package enum Method: Hashable, Sendable {
    case get, head, post, put, patch, delete, options
    /// Any other token; no route can be registered under it.
    case other(String)

    /// The method as it stands on the wire.
    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }

    /// Reads a method from its token.
    package init(_ name: String) {
        self =
            switch name {
            case "GET": .get
            case "HEAD": .head
            case "POST": .post
            case "PUT": .put
            case "PATCH": .patch
            case "DELETE": .delete
            case "OPTIONS": .options
            default: .other(name)
            }
    }
}

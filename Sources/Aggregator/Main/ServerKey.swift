import HTTP
import Sites
import Store

/// The server key that a request brings, as `Authorization: Bearer` or `X-API-Key`.
struct ServerKey: Sendable {
    private let text: String

    /// Nil where the request brings none.
    init?(of request: Request) {
        if let key = request.headers["X-API-Key"] {
            text = key
        } else if let field = request.headers["Authorization"], field.hasPrefix("Bearer ") {
            text = String(field.dropFirst("Bearer ".count))
        } else {
            return nil
        }
    }

    /// The organization that the key is of; nil for a key that is not in force.
    func organization(in transaction: Transaction) throws -> Int64? {
        try ServerKeyLookup.organization(of: text, in: transaction)
    }

    /// What a request without a good key gets.
    static let missing = Response.problem(
        401, "key_unknown", "A server key is needed."
    ).with("WWW-Authenticate", "Bearer")
}

extension Response {
    /// What a request gets while the database cannot be used.
    static let unavailable = problem(
        503, "unavailable", "The database cannot be used now."
    ).with("Retry-After", "5")
}

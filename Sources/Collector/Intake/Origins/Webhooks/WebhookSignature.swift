import ConveyProtocol
import Crypto

/// The signature that platforms put over a webhook's raw body: base64 of its HMAC-SHA256.
struct WebhookSignature {
    /// Nil for what is missing or no base64.
    private let code: [UInt8]?

    /// - Parameter text: The header's value.
    init(_ text: String?) {
        code = text.flatMap { Base64.decode($0) }
    }

    /// Refuses a body that none of the secrets signed.
    func verify(_ body: [UInt8], under secrets: [[UInt8]]) throws(IntakeRefusal) {
        guard let code else { throw .signatureWrong }
        // Every secret is tried, whichever fits: time tells nothing.
        let fitting = secrets.count { HMAC.isValid(code, for: body, key: $0) }
        guard fitting > 0 else { throw .signatureWrong }
    }
}

extension EventID {
    /// Names a delivery by what it says: a front, then 64 hexadecimal digits.
    init(_ front: String, digestOf bytes: [UInt8]) {
        guard let id = EventID("\(front)\(SHA256Digest(of: bytes).hex)") else {
            preconditionFailure("The front is of an id's characters, and short.")
        }
        self = id
    }
}

import ConveyProtocol
import Crypto
import HTTP
import JSON

/// The key that a request brings, read but not yet looked up.
enum Credential: Equatable {
    /// Public; whoever has it may only write as a browser.
    case siteKey(String)
    case serverKey(String)

    private static let keyBytesMax = 256

    /// Reads `Authorization: Bearer`, `X-API-Key`, `X-Site-Key` or `?key=`, in this order.
    init?(_ request: Request) {
        if let key = Self.bearer(request) ?? request.headers["X-API-Key"] {
            self.init(key)
        } else if let key = request.headers["X-Site-Key"] {
            self.init(key)
        } else if request.rawQuery != nil, let key = request.query["key"] {
            self.init(key)
        } else {
            return nil
        }
    }

    /// Reads the member `key` of a body; only a site key may stand there.
    init?(body event: JSONElement) {
        guard let key = event["key"]?.string, key.hasPrefix(SiteKey.prefix) else { return nil }
        self.init(key)
    }

    /// Reads Basic authentication, whose user is Segment's write key and whose password is empty, else
    /// what any other request may bring.
    init?(segment request: Request) {
        if let key = Self.basicUser(request) { self.init(key) } else { self.init(request) }
    }

    /// Takes Segment's write key out of a body. Unlike `key`, a server may use it there as well.
    init(writeKey: String) { self.init(writeKey) }

    private init(_ key: String) {
        let key = key.utf8.count <= Self.keyBytesMax ? key : ""
        self = key.hasPrefix(ServerKey.prefix) ? .serverKey(key) : .siteKey(key)
    }

    private static func bearer(_ request: Request) -> String? {
        guard let value = request.headers["Authorization"],
            value.prefix(7).lowercased() == "bearer "
        else { return nil }
        return String(value.dropFirst(7))
    }

    private static func basicUser(_ request: Request) -> String? {
        guard let value = request.headers["Authorization"],
            value.prefix(6).lowercased() == "basic ",
            let bytes = Base64.decode(String(value.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return String(text.prefix { $0 != ":" })
    }

    /// The site, and what the credential makes of its sender.
    func sender(in sites: IntakeSites) -> Sender? {
        switch self {
        case .siteKey(let key):
            sites.site(siteKey: key).map {
                Sender(site: $0, source: .browser, credential: .siteKey)
            }
        case .serverKey(let key):
            sites.site(serverKey: key).map {
                Sender(site: $0, source: .server, credential: .serverKey)
            }
        }
    }
}

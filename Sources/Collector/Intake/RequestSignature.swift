import Buffer
import ConveyProtocol
import Crypto
import HTTP
import Time

/// What a sender without a key of ours signs with a site's signing secret:
/// `X-Convey-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 of `t "." path "." body`.
///
/// The path is the request's as it is sent, without the query; the body is the one on the wire, still
/// compressed where it is. Several `v1` may stand there, as while a secret is changed.
struct RequestSignature {
    static let field: StaticString = "X-Convey-Signature"
    /// How far the signature's time may lie from ours, either way. A replay within it changes nothing:
    /// an event's id is the same.
    static let tolerance = Duration.seconds(300)

    /// The time as it was signed.
    private let text: String
    private let time: Timestamp
    private let codes: [[UInt8]]

    private static let bytesMax = 512
    private static let codesMax = 4

    /// Reads the field; nil for any other form. Parts of other names are for later versions.
    init?(_ field: String) {
        guard field.utf8.count <= Self.bytesMax else { return nil }
        var text: String?
        var codes: [[UInt8]] = []
        for part in field.split(separator: ",") {
            let part = part.drop { $0 == " " }
            if part.hasPrefix("t=") {
                guard text == nil else { return nil }
                text = String(part.dropFirst(2))
            } else if part.hasPrefix("v1=") {
                guard let code = Hex.decode(String(part.dropFirst(3))) else { return nil }
                codes.append(code)
            }
        }
        guard let text, (1...12).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let seconds = Int64(text),
            (1...Self.codesMax).contains(codes.count)
        else { return nil }
        self.text = text
        time = Timestamp(unixSeconds: seconds)
        self.codes = codes
    }

    /// Whether one of the secrets made one of the codes. All are tried, whichever fits: time tells
    /// nothing.
    func isValid(for request: Request, under secrets: [[UInt8]]) -> Bool {
        let message = message(of: request)
        var isValid = false
        for secret in secrets {
            let expected = HMAC.sha256(message, key: secret).bytes
            for code in codes { isValid = isEqualInConstantTime(code, expected) || isValid }
        }
        return isValid
    }

    /// What is signed.
    func message(of request: Request) -> [UInt8] {
        Array("\(text).\(request.path).".utf8) + request.body
    }

    func isFresh(at now: Timestamp) -> Bool {
        now - time <= Self.tolerance && time - now <= Self.tolerance
    }
}

extension Admission {
    /// The sender of a signed request: as good as one with a server key, so that an event that came
    /// both ways is one. The site is named by `X-Site-Id` or `?site=`, by its id or its store name.
    func signer(
        of request: Request, _ field: String, for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) -> (sender: Sender, signature: RequestSignature) {
        guard let name = request.headers["X-Site-Id"] ?? request.query["site"],
            let site = sites.site(named: name)
        else {
            try chargeStranger(request)
            throw .siteUnknown
        }
        guard let signature = RequestSignature(field),
            signature.isValid(for: request, under: site.secrets(.signing))
        else {
            try chargeStranger(request)
            throw .signatureWrong
        }
        guard signature.isFresh(at: stamp.time) else { throw .signatureExpired }
        guard site.settings.isEnabled, site.settings.isOn(feature) else { throw .featureOff }
        try chargeSigned(request, of: site)
        return (Sender(site: site, source: .server, credential: .serverKey), signature)
    }
}

import Crypto
import Foundation

@testable import ConveyProtocol

/// Makes the vectors of enrolment and settings.
enum VectorEnrolment {
    static let token = EnrolmentToken(
        aggregator: VectorKeys.aggregator.verifyingKey,
        random: VectorKeys.Stream(label: "token"))
    static let secret = "shpss_not_a_real_secret"

    static func request() -> EnrolmentRequest {
        EnrolmentRequest(
            token: token, signingKey: VectorKeys.collector.verifyingKey,
            boxKey: VectorKeys.box.publicKey, shipper: VectorKeys.shipper,
            sentAt: VectorKeys.now)
    }

    static func answer() -> EnrolmentAnswer {
        EnrolmentAnswer(
            collector: VectorKeys.collectorID, aggregatorKey: VectorKeys.aggregator.verifyingKey,
            authority: nil, settings: 7, time: VectorKeys.now)
    }

    static func rotation() -> KeyRotationRequest {
        KeyRotationRequest(
            VectorKeys.successor, box: BoxKey(derivedFrom: VectorKeys.successor).publicKey,
            after: .init(VectorKeys.collectorID, key: VectorKeys.collector.verifyingKey),
            sentAt: VectorKeys.now)
    }

    static func enrolment() -> EnrolmentVector {
        EnrolmentVector(
            token: token.text, tokenId: request().tokenID.hex, tokenProof: request().proof.hex,
            request: String(decoding: request().json, as: UTF8.self),
            answer: String(decoding: answer().json, as: UTF8.self))
    }

    static func settings() throws -> SiteSettings {
        var settings = SiteSettings(
            version: 7, collector: VectorKeys.collectorID,
            organization: VectorKeys.organization, issuedAt: VectorKeys.now)
        var site = SiteSettings.Site(
            id: VectorKeys.site, name: "acme.myshopify.com", platform: .shopify,
            currency: Currency("EUR")!, timeZone: "Europe/Berlin")
        site.siteKeys = ["site_not_a_real_key"]
        site.serverKeys = [ServerKey.hash("server_not_a_real_key")]
        site.origins = ["https://acme.example"]
        site.lanes = ["quiz_done": .conversion]
        site.features = ["links": false]
        site.scrubbedQuery = ["customer"]
        site.country = "DE"
        site.links = [SiteSettingsTests.link()]
        site.webhookSecrets["shopify"] = [
            try WebhookSecretBox.seal(
                secret, for: site.id, .shopify, to: VectorKeys.box.publicKey,
                random: VectorKeys.Stream(label: "box"))
        ]
        settings.sites = [site]
        return settings
    }

    static func settingsVector() throws -> SettingsVector {
        SettingsVector(
            settings: String(decoding: try settings().json(), as: UTF8.self), secret: secret,
            info: "convey-box-1", associatedData: "\(VectorKeys.site)/shopify")
    }

    static func keys() -> [String: KeyVector] {
        func signing(_ key: SigningKey) -> KeyVector {
            KeyVector(
                privateHex: Hex.encode(key.rawBytes), publicKey: key.verifyingKey.base64URL,
                fingerprint: key.verifyingKey.fingerprint)
        }
        return [
            "collector": signing(VectorKeys.collector), "revoked": signing(VectorKeys.revoked),
            "successor": signing(VectorKeys.successor), "stranger": signing(VectorKeys.stranger),
            "aggregator": signing(VectorKeys.aggregator),
            "collector_box": KeyVector(
                privateHex: Hex.encode(VectorKeys.box.rawBytes),
                publicKey: VectorKeys.box.publicKey.base64URL, fingerprint: nil),
        ]
    }
}

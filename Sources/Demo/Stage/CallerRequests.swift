import Crypto
package import HTTP

/// The requests that a shop's callers make, each with its credential.
extension Courier.Credentials {
    /// Events from a page of the shop: the public key and the page's origin.
    package func browserRequest(_ body: [UInt8], to origin: Origin) -> ClientRequest {
        ClientRequest(
            .post, origin, "/v1/events?key=\(siteKey)",
            headers: ["Content-Type": "application/json", "Origin": "https://\(shopDomain)"],
            body: body)
    }

    /// Events from the shop's server: the secret key.
    package func serverRequest(_ body: [UInt8], to origin: Origin) -> ClientRequest {
        ClientRequest(
            .post, origin, "/v1/events",
            headers: [
                "Content-Type": "application/json", "Authorization": "Bearer \(serverKey)",
            ], body: body)
    }

    /// One of Shopify's webhooks, signed with the shop's secret.
    /// - Parameters:
    ///   - id: of the delivery; its repeats carry the same.
    ///   - secret: nil takes the shop's own; another one forges.
    package func webhookRequest(
        _ topic: String, _ body: [UInt8], id: String, to origin: Origin, secret: String? = nil
    ) -> ClientRequest {
        let code = HMAC.sha256(body, key: Array((secret ?? shopifySecret).utf8))
        return ClientRequest(
            .post, origin, "/webhooks/shopify/\(siteID)",
            headers: [
                "Content-Type": "application/json",
                "X-Shopify-Topic": topic,
                "X-Shopify-Shop-Domain": shopDomain,
                "X-Shopify-Webhook-Id": id,
                "X-Shopify-Hmac-Sha256": Base64.encode(code.bytes),
            ], body: body)
    }
}

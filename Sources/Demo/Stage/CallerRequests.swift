import Crypto
package import HTTP

/// The requests that a shop's callers make, each with its credential.
extension Courier.Credentials {
    /// Events from a page of the shop: the public key and the page's origin, passed on by the proxy
    /// that stands before the collector. What is sent again comes from the same address.
    package func browserRequest(_ body: [UInt8], to origin: Origin) -> ClientRequest {
        ClientRequest(
            .post, origin, "/v1/events?key=\(siteKey)",
            headers: [
                "Content-Type": "application/json", "Origin": "https://\(shopDomain)",
                "X-Forwarded-For": Self.address(ofSender: body),
            ], body: body)
    }

    /// One of 65,536 addresses that belong to nobody (RFC 2544), by the visitor that the body names.
    private static func address(ofSender body: [UInt8]) -> String {
        let text = String(decoding: body, as: UTF8.self)
        let visitor = text.split(separator: #""visitor":"#).dropFirst().first?.prefix { $0 != "," }
        let digest = SHA256Digest(of: Array((visitor.map(String.init) ?? text).utf8)).bytes
        return "198.18.\(digest[0]).\(digest[1])"
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
        let code = HMAC.sha256(body, key: Array((secret ?? webhookSecret).utf8))
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

    /// One of WooCommerce's webhooks, signed with the shop's secret.
    package func wooRequest(
        _ topic: String, _ body: [UInt8], to origin: Origin
    ) -> ClientRequest {
        let code = HMAC.sha256(body, key: Array(webhookSecret.utf8))
        return ClientRequest(
            .post, origin, "/webhooks/woocommerce/\(siteID)",
            headers: [
                "Content-Type": "application/json",
                "X-WC-Webhook-Topic": topic,
                "X-WC-Webhook-Source": "https://\(shopDomain)/",
                "X-WC-Webhook-Delivery-ID": "one-second",
                "X-WC-Webhook-Signature": Base64.encode(code.bytes),
            ], body: body)
    }

    /// What WooCommerce asks when somebody makes a webhook: a form, unsigned.
    package func wooPing(_ body: [UInt8], to origin: Origin) -> ClientRequest {
        ClientRequest(
            .post, origin, "/webhooks/woocommerce/\(siteID)",
            headers: ["Content-Type": "application/x-www-form-urlencoded"], body: body)
    }
}

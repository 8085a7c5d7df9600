import HTTP

/// Webhooks of platforms, and campaign links.
extension IntakeOperations {
    static let shopify = webhook("Shopify", "shopify", signature: "X-Shopify-Hmac-Sha256")
    static let woocommerce = webhook(
        "WooCommerce", "woocommerce", signature: "X-WC-Webhook-Signature")

    private static func webhook(_ name: String, _ path: String, signature: String) -> Operation {
        var operation = Operation("webhook_\(path)", "A webhook of \(name)")
        operation.details = """
            A correctly signed webhook gets 200 whatever it holds; 503 only when it cannot be kept. What \
            of it is stored is mapped, and hashed by the site's rule.
            """
        operation.parameters = [
            Operation.Parameter(.path, "site", "The site's id or store name."),
            Operation.Parameter(.header, signature, "HMAC-SHA256 of the body in base64."),
        ]
        operation.request = [Operation.Content("*/*", nil)]
        operation.replies =
            [Operation.Reply(200, "Taken, or let fall because the endpoint is switched off.")]
            + problems(
                [.signatureWrong, .shopUnknown, .siteUnknown, .noSettings], others: webhookPressure)
        return operation
    }

    /// Platforms know 503 alone as a reason to come again.
    private static var webhookPressure: [Int: [(code: String, title: String)]] {
        var reasons = pressure
        reasons[503, default: []] += reasons.removeValue(forKey: 507) ?? []
        return reasons
    }

    static let link: Operation = {
        var operation = Operation("followLink", "Record the click on a campaign link, and send on")
        operation.details = """
            The redirect waits at most 50 ms for its click's commit. An expired link, or an address that \
            asks too often, is sent on without ids.
            """
        operation.parameters = [
            Operation.Parameter(
                .path, "code", "The link's short code.",
                schema: #"{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$"}"#)
        ]
        operation.replies =
            [
                Operation.Reply(
                    302, "On to the link's target.",
                    headers: [
                        "Location": "The target with `ct_tracking_id` and `ct_campaign_link_id`.",
                        "Cache-Control": "`no-store`",
                    ])
            ]
            + problems(
                [.linkUnknown, .featureOff, .noSettings],
                others: [
                    503: [("too_busy", "Too much is waiting already; try again.")]
                ])
        return operation
    }()
}

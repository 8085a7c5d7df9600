import HTTP

/// The two contracts with shapes of their own.
extension IntakeOperations {
    private static let contractKeys: [Operation.Key] = [.bearer, .apiKey, .siteKey, .siteKeyQuery]

    static let cart: Operation = {
        var operation = Operation("trackCart", "Track a product that was put into the cart")
        operation.details = """
            Null and the empty string are absent. The first field that breaks its rule is named. Names, \
            e-mail, and the addresses of person and generated images are personal.
            """
        operation.keys = contractKeys
        operation.parameters = [idempotencyKey]
        let example = """
            {"storeName":"shop.example","productId":12,"productTitle":"Linen shirt",\
            "customerEmail":"ann@example.com","sessionId":"s-1"}
            """
        operation.request = [
            Operation.Content(json, cartEvent, example: example),
            Operation.Content("text/plain", nil),
        ]
        let tracked = """
            {"status":"success","message":"Cart event tracked successfully",\
            "data":{"id":"cart-event-1767225600000-63d0b5d2b4ab8754",\
            "createdAt":"2026-01-01T00:00:00.000Z"}}
            """
        operation.replies =
            [
                Operation.Reply(
                    200, "The event is on the disk.",
                    [Operation.Content(json, cartTracked, example: tracked)])
            ] + cartRefusals { _ in cartError }
        return operation
    }()

    static let cartBulk: Operation = {
        var operation = Operation("trackCarts", "Track up to 500 products at once")
        operation.details = "Each event has its own result; 400 means that none could be taken."
        operation.keys = contractKeys
        operation.parameters = [idempotencyKey]
        operation.request = [
            Operation.Content(
                json, cartEvents,
                example: #"{"events":[{"storeName":"shop.example","productId":12}]}"#),
            Operation.Content("text/plain", nil),
        ]
        operation.replies =
            [
                Operation.Reply(
                    200, "At least one event is on the disk.",
                    headers: ["Retry-After": "Where some were turned away: seconds to wait."],
                    [Operation.Content(json, cartResults)])
            ] + cartRefusals { [400, 500, 503].contains($0) ? cartFailure : cartError }
        return operation
    }()

    private static func cartRefusals(_ schema: (Int) -> Operation.Schema) -> [Operation.Reply] {
        var others = pressure
        others[503, default: []] += others.removeValue(forKey: 507) ?? []
        others[400, default: []].append(("validation", "A field breaks its rule."))
        others[500] = [("DATABASE_ERROR", "The disk failed.")]
        return replies(senderRefusals, others: others) { [Operation.Content(json, schema($0))] }
    }

    static let conversion: Operation = {
        var operation = Operation(
            "reportConversion", "Report a conversion of a campaign link's visitor")
        operation.details = """
            Revenue is read from its digits. A retry is the same event: by its Idempotency-Key, else by \
            all that it says. `attributed` and `days_since_click` are null: only the aggregator knows.
            """
        operation.keys = contractKeys
        operation.parameters = [idempotencyKey]
        let example = """
            {"tracking_id":"5f0d3a52-77c1-4c7e-9d0a-6a1f0c9b2e11",\
            "campaign_link_id":"0d5b6a8e-1111-4000-8000-000000000001","event_type":"purchase",\
            "revenue_amount":"49.90","currency":"EUR","event_data":{"order_id":"1042"}}
            """
        operation.request = [
            Operation.Content(json, campaignConversion, example: example),
            Operation.Content("text/plain", nil),
        ]
        let taken = [Operation.Content(json, conversionTaken)]
        var others = pressure
        others[400, default: []].append(
            ("revenue_required", "Or another rule is broken; `field` names the member."))
        operation.replies =
            [
                Operation.Reply(201, "On the disk; the link is known.", taken),
                Operation.Reply(202, "On the disk; the aggregator may not know the link.", taken),
            ]
            + replies(senderRefusals, others: others) { _ in
                [Operation.Content(json, conversionError)]
            }
        return operation
    }()
}

import HTTP

/// Events of our own form, and of Segment's.
extension IntakeOperations {
    static let events: Operation = {
        var operation = Operation(
            "sendEvents", "Store one event, an array of events, or one a line")
        operation.details = """
            2xx means that the events are on the disk. Each event has its own result; 400 means that \
            none could be taken. An event without an id is named by the Idempotency-Key and its place. \
            Members are those of protocol/event.md; unknown ones are kept in `data`. CloudEvents 1.0 are \
            taken as well: `data` is the event.
            """
        operation.keys = [.bearer, .apiKey, .siteKey, .siteKeyQuery]
        operation.parameters = [
            idempotencyKey, signature, signedSite,
            Operation.Parameter(
                .header, "ce-specversion",
                "`1.0`: a CloudEvent in binary mode; its attributes are `ce-` fields, the body is `data`."
            ),
            Operation.Parameter(
                .header, "Prefer", "`return=minimal`: only results that the sender does not know."),
        ]
        let example = #"{"id":"a-1","type":"page_view","page":{"url":"https://shop.example/"}}"#
        operation.request = [
            Operation.Content(json, eventList, example: example),
            Operation.Content("text/plain", nil), Operation.Content("application/x-ndjson", nil),
            Operation.Content("application/cloudevents+json", nil),
            Operation.Content("application/cloudevents-batch+json", nil),
        ]
        operation.replies = stored + refusals
        return operation
    }()

    static let pixel: Operation = {
        var operation = Operation("sendPixel", "Store an event for mails and pages without scripts")
        operation.details = "Parameters are members of the event, as `type`, `url`, `order.id`."
        operation.keys = [.siteKeyQuery]
        let statuses = [200, 400, 401, 403, 413, 429, 500, 503, 507]
        operation.replies = statuses.map { status in
            let isStored = status == 200
            return Operation.Reply(
                status, isStored ? "The event is on the disk." : "The event was not stored.",
                [Operation.Content("image/gif", nil)])
        }
        return operation
    }()

    /// - Parameter call: The message's kind; `batch` holds many.
    static func segment(_ path: String, _ call: String) -> Operation {
        let name = path.split(separator: "/").last ?? ""
        var operation = Operation("segment_\(name)", "Segment's HTTP tracking API: \(call)")
        operation.details = """
            The write key is a site key or a server key, by Basic authentication or as `writeKey` in the \
            body. Names of the ecommerce specification become canonical types.
            """
        operation.keys = [.basic, .bearer, .apiKey, .siteKey, .siteKeyQuery]
        operation.parameters = [signature, signedSite]
        operation.request = [
            Operation.Content(json, segmentCall), Operation.Content("text/plain", nil),
        ]
        operation.replies = stored + refusals
        return operation
    }

    private static let stored = [
        Operation.Reply(
            200, "At least one event is on the disk.",
            headers: ["Retry-After": "Where some were turned away: seconds to wait."],
            [Operation.Content(json, results)])
    ]

    /// A signature takes the place of a key.
    private static let signature = Operation.Parameter(
        .header, "X-Convey-Signature",
        "`t=<unix>,v1=<hex>`: HMAC-SHA256 of time, path and body, joined by points.")
    private static let signedSite = Operation.Parameter(
        .header, "X-Site-Id", "The id or store name of the site that has signed.")

    private static let refusals = problems(
        senderRefusals
            + [.signatureWrong, .signatureExpired, .siteUnknown, .bodyEmpty, .tooManyEvents],
        others: pressure.merging(
            [400: [("events_refused", "No event could be taken; `errors` says why.")]]
        ) { $0 + $1 })

    private static let event = Operation.Schema(
        "Event",
        """
        {"type":"object","required":["type"],"properties":{\
        "id":{"type":["string","integer","null"]},\
        "type":{"type":"string","pattern":"^[a-z][a-z0-9_.]{0,63}$"},\
        "occurred_at":{"type":["string","null"]},"sent_at":{"type":["string","null"]},\
        "visitor":{"type":["string","integer","null"]},"session":{"type":["string","integer","null"]},\
        "user":{"type":["object","null"]},"page":{"type":["object","null"]},\
        "client":{"type":["object","null"]},"click":{"type":["object","null"]},\
        "utm":{"type":["object","null"]},"consent":{"type":["object","null"]},\
        "order":{"type":["object","null"]},\
        "value":{"type":["object","null"],"properties":{"amount":{"type":["string","number"]},\
        "currency":{"type":["string","null"]}}},\
        "items":{"type":["array","null"],"items":{"type":"object"}},"data":{"type":["object","null"]}}}
        """)

    private static let eventList = Operation.Schema(
        "Events",
        """
        {"anyOf":[{"$ref":"#/components/schemas/Event"},\
        {"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/Event"}}]}
        """, uses: [event])

    private static let results = Operation.Schema(
        "Results",
        """
        {"type":"object","required":["stored","refused","results"],"properties":{\
        "success":{"type":"boolean"},"stored":{"type":"integer"},"refused":{"type":"integer"},\
        "results":{"type":"array","items":{"type":"object","required":["index","status"],\
        "properties":{"index":{"type":"integer"},"id":{"type":"string"},\
        "status":{"enum":["stored","refused"]},"id_generated":{"type":"boolean"},\
        "truncated":{"type":"boolean"},"code":{"type":"string"},"pointer":{"type":"string"},\
        "message":{"type":"string"}}}}}}
        """)

    /// Segment's clients send what they like; a member of another type than is expected is passed over.
    private static let segmentCall = Operation.Schema("SegmentCall", #"{"type":"object"}"#)
}

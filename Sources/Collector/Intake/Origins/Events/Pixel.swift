import ConveyProtocol
import HTTP
import JSON

/// The picture of one transparent point, for mails and for pages without scripts.
extension Intake {
    var pixelRoutes: [Route] {
        let limits = Route.Limits(bodyBytesMax: 0, answerWithin: settings.commitWithin)
        let route = Route(
            .get, "/v1/p.gif", limits: limits, handler: .direct { [self] in takePixel($0, $1) })
        return [route.refusing { problem, _ in PixelImage.response(problem.status) }]
    }

    /// The picture comes in any case; its status says whether the event is on the disk.
    private func takePixel(_ request: Request, _ answer: Answer) {
        // Programs that look at links ask for heads; nobody has seen a picture.
        if request.method == .head {
            answer.send(PixelImage.response(200))
            return
        }
        do throws(IntakeRefusal) {
            var reception = try Reception(request, admission())
            guard let credential = Credential(request) else { throw .keyMissing }
            // A server key in a picture's address would be everybody's.
            guard case .siteKey = credential else { throw .keyUnknown }
            try reception.identify(credential, for: .pixel)
            let event = PixelEvent(request)
            benches.use { bench in
                reception.take(on: bench, label: event.label) { context throws(EventFault) in
                    bench.draft.removeAll()
                    event.write(to: &bench.draft)
                    return try bench.writeDraft(context)
                }
            }
            let form = EventAnswer(outcomes: reception.outcomes, requestID: request.id)
            commit(reception.incoming, reception.outcomes, answer) { refusals in
                PixelImage.response(form.response(refusals).status)
            }
        } catch {
            count(error, in: .pageview)
            answer.send(PixelImage.response(error.status))
        }
    }
}

/// The picture itself.
enum PixelImage {
    /// - Parameter status: Browsers show a picture whatever its status.
    static func response(_ status: Int) -> Response {
        Response(
            status,
            headers: [
                "Content-Type": "image/gif", "Cache-Control": "no-store",
                "Cross-Origin-Resource-Policy": "cross-origin",
            ], body: bytes)
    }

    /// - Source: "Graphics Interchange Format", version 89a.
    private static let bytes: [UInt8] =
        Array("GIF89a".utf8)
        // One point by one, two colours.
        + [1, 0, 1, 0, 0x80, 0, 0] + [0, 0, 0, 0xFF, 0xFF, 0xFF]
        // The first colour is transparent.
        + [0x21, 0xF9, 4, 1, 0, 0, 0, 0]
        // The picture covers all; its one point has the first colour.
        + [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0] + [2, 2, 0x44, 1, 0] + [0x3B]
}

/// The event that a picture's address describes.
struct PixelEvent {
    private var plain: [(name: String, value: String)] = []
    private var objects: [String: [(name: String, value: String)]] = [:]

    /// Parameters that mean a member of the event itself.
    private static let plainNames: Set<String> = [
        "id", "type", "occurred_at", "visitor", "session",
    ]
    /// Parameters that mean a member of an object, in short; any other is custom data. All members
    /// can be written with their object's name and a point: `order.cart_token`.
    private static let shortNames: [String: (object: String, name: String)] = [
        "url": ("page", "url"), "title": ("page", "title"), "referrer": ("page", "referrer"),
        "order_id": ("order", "id"), "value": ("value", "amount"),
        "currency": ("value", "currency"), "email_sha256": ("user", "email_sha256"),
    ]
    private static let objectNames: Set<String> = [
        "user", "page", "client", "click", "utm", "consent", "order", "value", "data",
    ]
    private static let ignored: Set<String> = ["key", "site"]

    init(_ request: Request) {
        for (name, value) in request.query.parameters where !value.isEmpty {
            if Self.ignored.contains(name) { continue }
            add(name, value)
        }
        readPage(request)
    }

    var label: EventLabel {
        EventLabel(id: value("id").flatMap { EventID($0) }, type: type)
    }

    private var type: String { value("type") ?? "page_view" }

    private func value(_ name: String) -> String? { plain.first { $0.name == name }?.value }

    /// Of a repeated parameter the first counts.
    private mutating func add(_ name: String, _ value: String) {
        if Self.plainNames.contains(name) {
            if !plain.contains(where: { $0.name == name }) { plain.append((name, value)) }
            return
        }
        let (object, member) = Self.place(of: name)
        guard !(objects[object] ?? []).contains(where: { $0.name == member }) else { return }
        objects[object, default: []].append((member, value))
    }

    private static func place(of name: String) -> (object: String, name: String) {
        if let place = shortNames[name] { return place }
        if let point = name.firstIndex(of: ".") {
            let object = String(name[..<point])
            if objectNames.contains(object) {
                return (object, String(name[name.index(after: point)...]))
            }
        }
        return ("data", name)
    }

    /// The page is the one that shows the picture, where nothing else is said. What its address tells
    /// of clicks and campaign, and what stands among the parameters as it does in an address, counts
    /// where it is not stated otherwise.
    private mutating func readPage(_ request: Request) {
        if objects["page"]?.contains(where: { $0.name == "url" }) != true,
            let referrer = request.headers["Referer"]
        {
            objects["page", default: []].append(("url", referrer))
        }
        let own = LandingPage("/?" + (request.rawQuery ?? ""))
        let page = objects["page"]?.first { $0.name == "url" }.map { LandingPage($0.value) }
        for (name, id) in own.clicks + (page?.clicks ?? []) { add("click.\(name)", id) }
        if objects["utm"] == nil {
            let campaign = own.campaign.isEmpty ? page?.campaign ?? [] : own.campaign
            for (name, value) in campaign { add("utm.\(name)", value) }
        }
        // They stand in their places now.
        objects["data"]?.removeAll { LandingPage.parameters.contains($0.name) }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", type)
            for (name, value) in plain where name != "type" {
                writer.key(name)
                writer.string(value)
            }
            for (object, members) in objects.sorted(by: { $0.key < $1.key }) {
                writer.key(object)
                writer.object { writer in
                    for (name, value) in members {
                        writer.key(name)
                        writer.string(value)
                    }
                }
            }
        }
    }
}

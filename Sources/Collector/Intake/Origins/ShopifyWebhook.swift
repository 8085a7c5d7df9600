import Buffer
import ConveyProtocol
import HTTP
import JSON

/// Turns one verified webhook into one event. It always succeeds: what cannot be mapped is kept by
/// topic, ids and times.
struct ShopifyWebhook {
    private let event: ShopifyEvent
    private let body: [UInt8]

    init(_ request: Request, _ site: IntakeSite) {
        event = ShopifyEvent(delivery: Shopify.Delivery(request), shop: site.settings.name)
        body = request.body
    }

    func write(
        _ context: EventContext, on bench: Workbench, into incoming: inout IncomingEvents
    ) -> EventOutcome {
        do throws(EventFault) {
            let written: WrittenEvent
            if body.count <= Workbench.bodyBytesMax {
                written = try parse(&bench.webhookParser, context, on: bench)
            } else {
                // So large a body's parser would hold its memory for ever.
                var parser = JSONParser(
                    bytesMax: Shopify.bodyBytesMax, depthMax: 128, duplicateKeys: .lastWins)
                written = try parse(&parser, context, on: bench)
            }
            incoming.add(bench.writer.bytes, to: written.lane)
            return EventOutcome(
                id: written.id, isTruncated: written.isTruncated, result: .taken(written.lane))
        } catch {
            return EventOutcome(id: event.delivery.id, result: .faulty(error, .conversion))
        }
    }

    private func parse(
        _ parser: inout JSONParser, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        do throws(BodyFault) {
            return try parser.parse(body.span, orThrow: BodyFault.malformed) {
                (root: JSONElement) throws(BodyFault) in
                do throws(EventFault) {
                    return try write(root, context, on: bench)
                } catch {
                    throw .event(error)
                }
            }
        } catch {
            switch error {
            case .malformed:
                return try writeBare(nil, note: "unreadable_body", context, on: bench)
            case .event(let fault): throw fault
            }
        }
    }

    private enum BodyFault: Error {
        case malformed
        case event(EventFault)

        static func malformed(_: JSONError) -> BodyFault { .malformed }
    }

    private func write(
        _ root: JSONElement, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        bench.draft.removeAll()
        guard event.write(root, to: &bench.draft) else {
            return try writeBare(root, note: nil, context, on: bench)
        }
        do throws(EventFault) {
            return try bench.writeDraft(context)
        } catch {
            let note = "unmapped_\(error.code.rawValue)"
            return try writeBare(root, note: note, context, on: bench)
        }
    }

    private func writeBare(
        _ root: JSONElement?, note: String?, _ context: EventContext, on bench: Workbench
    ) throws(EventFault) -> WrittenEvent {
        bench.draft.removeAll()
        event.writeBare(root, note: note, to: &bench.draft)
        return try bench.writeDraft(context)
    }
}

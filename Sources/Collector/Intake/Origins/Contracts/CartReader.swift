import Buffer
import ConveyProtocol
import Crypto
import HTTP
import JSON
import Time

/// What became of one cart event.
enum CartResult: Sendable {
    case taken(EventID, at: Timestamp, Lane)
    case refused(CartFault)
}

/// Reads the cart events of one request, writes each in canonical form, and notes what became of it.
struct CartReader {
    static let eventsMax = 500

    private(set) var results: [CartResult] = []
    private(set) var outcomes: [EventOutcome] = []
    private(set) var incoming: IncomingEvents
    private var contract: ContractSender

    init(_ request: Request, _ admission: Admission) throws(IntakeRefusal) {
        contract = try ContractSender(request, admission, for: .cartTracking)
        incoming = IncomingEvents(stamp: admission.stamp)
    }

    /// Reads the body: one event, or an object with a list of them.
    mutating func read(
        _ body: [UInt8], isBulk: Bool, on bench: Workbench
    ) throws(IntakeRefusal) {
        try bench.parser.parse(body.span, orThrow: Self.malformed) {
            (root: JSONElement) throws(IntakeRefusal) in
            let sender = try contract.identified(by: root)
            let context = contract.admission.context(of: contract.request, from: sender)
            guard isBulk else { return take(root, context, on: bench) }
            guard let events = root["events"]?.array, let count = root["events"]?.count,
                (1...Self.eventsMax).contains(count)
            else { return note(CartFault(.events, .list), context) }
            for event in events { take(event, context, on: bench) }
        }
    }

    private mutating func take(
        _ object: JSONElement, _ context: EventContext, on bench: Workbench
    ) {
        do throws(CartFault) {
            let event = try CartEvent(object, for: context.rules.site)
            var context = context
            if event.isTitleCut { context.truncated.append(CartEvent.titlePointer) }
            let id = id(at: context.receivedAt, bench.random)
            bench.draft.removeAll()
            event.write(id: id, context.rules, to: &bench.draft)
            let written = try Self.written(context, on: bench)
            incoming.add(bench.writer.bytes, to: written.lane)
            results.append(.taken(written.id, at: context.receivedAt, written.lane))
            outcomes.append(
                EventOutcome(
                    id: written.id, isTruncated: written.isTruncated, result: .taken(written.lane)))
        } catch {
            note(error, context)
        }
    }

    private static func written(
        _ context: EventContext, on bench: Workbench
    ) throws(CartFault) -> WrittenEvent {
        do throws(EventFault) {
            return try bench.writeDraft(context)
        } catch {
            throw CartFault(.event, .event)
        }
    }

    private mutating func note(_ fault: CartFault, _ context: EventContext) {
        let lane = context.rules.lane(of: "add_to_cart", from: context.source) ?? .pageview
        results.append(.refused(fault))
        outcomes.append(EventOutcome(result: .faulty(fault.eventFault, lane)))
    }

    /// The contract's form of an id. With an `Idempotency-Key` a retry has the same one; its time is
    /// then 0, since it is none.
    private func id(at time: Timestamp, _ random: some RandomSource) -> EventID {
        var milliseconds: Int64 = 0
        let suffix: String
        if let key = contract.request.headers["Idempotency-Key"], !key.isEmpty {
            suffix = String(SHA256Digest(of: Array("\(key)\n\(results.count)".utf8)).hex.prefix(32))
        } else {
            milliseconds = time.milliseconds
            suffix = Hex.encode(random.bytes(8))
        }
        guard let id = EventID("cart-event-\(milliseconds)-\(suffix)") else {
            preconditionFailure("A time and digits in hex make an id.")
        }
        return id
    }

    private static func malformed(_: JSONError) -> IntakeRefusal { .bodyMalformed }
}

import Buffer
import ConveyProtocol
import Crypto
import HTTP
import Time

/// What one request has brought so far: who sends, its events in canonical form, and what became of
/// each. Readers of single formats say only how an event is found and written.
struct Reception {
    private(set) var outcomes: [EventOutcome] = []
    private(set) var incoming: IncomingEvents
    private(set) var sender: Sender?

    private let request: Request
    private let admission: Admission
    private var context: EventContext?
    /// What ids of events without one are made of, so that a retry is the same event.
    private var fallbackName: String?
    /// Whether the sender has signed the request.
    private(set) var isSigned = false

    init(_ request: Request, _ admission: Admission) {
        self.request = request
        self.admission = admission
        incoming = IncomingEvents(stamp: admission.stamp)
    }

    /// When the sender's clock says that the whole request was sent.
    var sentAt: Timestamp?

    /// Whether it is known who sends.
    var isIdentified: Bool { context != nil }

    /// Lets the sender in who brings this credential; all events of the request are theirs.
    mutating func identify(
        _ credential: Credential, for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) {
        identify(try admission.sender(of: request, credential, for: feature))
        guard let key = request.headers["Idempotency-Key"], !key.isEmpty else { return }
        fallbackName = "idk-\(SHA256Digest(of: Array(key.utf8)).hex.prefix(32))"
    }

    /// Lets the sender in who has signed the request. Whoever sends the same again, with any other head,
    /// sends the same events: their ids follow from what is signed.
    /// - Returns: Whether it is signed.
    mutating func identifySigner(
        for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) -> Bool {
        guard let field = request.headers[RequestSignature.field] else { return false }
        let signer = try admission.signer(of: request, field, for: feature)
        identify(signer.sender)
        isSigned = true
        let digest = SHA256Digest(of: signer.signature.message(of: request))
        fallbackName = "sig-\(digest.hex.prefix(32))"
        return true
    }

    private mutating func identify(_ sender: Sender) {
        self.sender = sender
        context = admission.context(of: request, from: sender)
    }

    /// Keeps room for outcomes.
    /// - Throws: `tooManyEvents` where the request would have more than are allowed.
    mutating func expect(_ count: Int) throws(IntakeRefusal) {
        guard outcomes.count + count <= admission.settings.eventsMax else { throw .tooManyEvents }
        if outcomes.isEmpty { outcomes.reserveCapacity(count) }
    }

    /// Takes the next event, or notes why it cannot be taken.
    /// - Parameters:
    ///   - label: What can be read of an event that is refused; asked only then.
    ///   - write: Leaves the event in the bench's writer.
    mutating func take(
        on bench: Workbench, label: @autoclosure () -> EventLabel,
        _ write: (EventContext) throws(EventFault) -> WrittenEvent
    ) {
        guard var context else { preconditionFailure("Whoever is identified has a context.") }
        context.sentAt = sentAt
        if let fallbackName {
            context.fallbackID = EventID("\(fallbackName)-\(outcomes.count)")
        }
        do throws(EventFault) {
            let written = try write(context)
            incoming.add(bench.writer.bytes, to: written.lane)
            outcomes.append(
                EventOutcome(
                    id: written.id, isIDGenerated: written.isIDGenerated,
                    isTruncated: written.isTruncated, result: .taken(written.lane)))
        } catch {
            refuse(error, label())
        }
    }

    /// Notes a refusal with what can be read of the event: its id, and its type's lane.
    mutating func refuse(_ fault: EventFault, _ label: EventLabel = EventLabel()) {
        let lane = sender.flatMap { sender in
            label.type.flatMap { sender.site.rules.lane(of: $0, from: sender.source) }
        }
        outcomes.append(EventOutcome(id: label.id, result: .faulty(fault, lane ?? .pageview)))
    }
}

/// What can be read of an event that is refused.
struct EventLabel {
    var id: EventID?
    var type: String?
}

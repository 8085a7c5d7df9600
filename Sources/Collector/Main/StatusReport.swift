import Buffer
import ConveyProtocol
import Delivery
import Time

/// How the collector stands, for a person or a script. Pure: takes what others measured.
struct StatusReport: Sendable {
    let takenAt: Timestamp
    let buffer: BufferStatistics
    /// Nil while no collector runs, and a command looks at the buffer itself.
    let running: CorrespondenceReport?
    /// Requests that a proxy brought whom nobody trusts.
    var untrustedProxyRequests: Int64 = 0
    /// Webhooks in which a shop signed an error in place of what happened.
    var shopErrors: Int64 = 0

    var correspondence: CorrespondenceReport { running ?? CorrespondenceReport() }

    /// What an operator should know, in plain words; empty when all is well.
    var problems: [String] {
        running == nil
            ? bufferProblems
            : enrolmentProblems + proxyProblems + shopProblems + bufferProblems + deliveryProblems
    }

    /// What happened and is over, but that an operator should know; oldest first. Why the current
    /// epoch began is told for as long as it lasts.
    var incidents: [DeliveryReport.Incident] {
        let delivered = correspondence.delivery.incidents
        guard let cause = buffer.epochCause, let sentence = Self.words(for: cause),
            let at = buffer.epochMadeAt
        else { return delivered }
        return [DeliveryReport.Incident(at: at, sentence: sentence)] + delivered
    }

    private static func words(for cause: BufferStatistics.EpochCause) -> String? {
        switch cause {
        case .newFile: nil
        case .fork:
            "The ledger knew other events under this buffer's numbers, since its file was restored or "
                + "cloned. A new epoch carries on."
        case .restored:
            "The ledger knew numbers that this buffer never gave out, since its file was restored "
                + "from an older copy. A new epoch carries on."
        case .copied:
            "The buffer's file is a copy of another: restored, moved or cloned. A new epoch carries "
                + "on."
        case .lost: "The disk has lost events that it had confirmed. A new epoch carries on."
        case .salvaged:
            "The buffer's file was damaged; what could be read goes on in a new epoch."
        }
    }

    private var enrolmentProblems: [String] {
        guard correspondence.enrolment != nil else {
            return ["This collector is not enrolled: run convey-collector enroll URL TOKEN."]
        }
        guard correspondence.settingsVersion != nil else {
            return ["No settings have come from the aggregator yet; events are refused."]
        }
        return []
    }

    private var proxyProblems: [String] {
        guard untrustedProxyRequests > 0 else { return [] }
        return [
            """
            \(untrustedProxyRequests) requests came through a proxy that is not trusted, so their events \
            have no address: name it in intake.trusted_proxies and reload.
            """
        ]
    }

    private var shopProblems: [String] {
        guard shopErrors > 0 else { return [] }
        return [
            """
            \(shopErrors) webhooks of WooCommerce held an error in place of an order: make them anew as \
            a user who may read orders.
            """
        ]
    }

    private var bufferProblems: [String] {
        var problems: [String] = []
        if case .refusing(let reason) = buffer.condition {
            problems.append("Events are refused: \(Self.words(for: reason)).")
        }
        if !buffer.isBalanced {
            problems.append(
                "The buffer's accounts do not close; report this as a fault of the program.")
        }
        for file in buffer.damagedFiles {
            problems.append(
                "A damaged buffer was moved aside to \(file); what could be read was kept.")
        }
        if let file = buffer.salvagedFile {
            problems.append("What can be read of \(file) is still being saved.")
        }
        for lane in Lane.allCases where buffer.lanes[lane].quarantined > 0 {
            let count = buffer.lanes[lane].quarantined
            problems.append(
                "\(count) \(lane.rawValue) events lie in quarantine: the aggregator could not read their batch."
            )
        }
        return problems
    }

    private var deliveryProblems: [String] {
        let delivery = correspondence.delivery
        var problems: [String] = []
        if let trouble = delivery.trouble {
            let since = delivery.troubleSince.map { " since \($0)" } ?? ""
            problems.append("Nothing is delivered\(since). \(trouble.sentence)")
        }
        if let sentence = delivery.clockSentence { problems.append(sentence) }
        return problems
    }

    private static func words(for refusal: BufferRefusal) -> String {
        switch refusal {
        case .budget: "the buffer has used up its bytes"
        case .diskFull: "the disk is full"
        case .diskReadOnly: "the disk is read-only"
        case .diskFault: "the disk failed, or the buffer is being opened"
        case .busy: "too many wait for the disk"
        case .stopping: "the collector is stopping"
        }
    }
}

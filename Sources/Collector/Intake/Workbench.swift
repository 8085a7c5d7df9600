import ConveyProtocol
import Crypto
import JSON
import Synchronization

/// The reusable tools of one request at a time: parsers and writers keep their memory.
///
/// `@unchecked Sendable`: `WorkbenchPool` gives each bench to one thread at a time.
final class Workbench: @unchecked Sendable {
    /// Larger bodies get a parser of their own, which is freed again.
    static let bodyBytesMax = 1_048_576

    /// Reads what a client sent.
    var parser = JSONParser(bytesMax: bodyBytesMax, depthMax: 64)
    /// Reads a platform's body, strict in form only: platforms repeat names.
    var webhookParser = JSONParser(
        bytesMax: bodyBytesMax, depthMax: 128, duplicateKeys: .lastWins)
    /// Reads what intake itself has put together.
    var inner = JSONParser(bytesMax: 16_777_216, depthMax: 64, duplicateKeys: .lastWins)
    /// Holds what is put together.
    var draft = JSONWriter()
    var writer = EventWriter(random: RandomBytes())
    /// Makes ids of other forms than the writer's.
    let random = RandomBytes()

    /// Writes the draft, an event in a sender's form, in canonical form.
    func writeDraft(_ context: EventContext) throws(EventFault) -> WrittenEvent {
        let draft = draft.bytes
        return try inner.parse(draft.span, orThrow: Self.oversizedDraft) {
            (event: JSONElement) throws(EventFault) in
            try writer.write(event, context)
        }
    }

    /// What it means that a draft cannot be read again: nothing but its size can be wrong.
    private static func oversizedDraft(_: JSONError) -> EventFault { EventFault(.tooLarge) }
}

/// Lends workbenches: about as many are made as threads ask at once.
final class WorkbenchPool: Sendable {
    private let idle = Mutex<[Workbench]>([])

    func use<Result, Failure: Error>(
        _ body: (Workbench) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bench = idle.withLock { $0.popLast() } ?? Workbench()
        defer { idle.withLock { $0.append(bench) } }
        return try body(bench)
    }
}

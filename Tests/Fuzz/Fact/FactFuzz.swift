import ConveyProtocol

@testable import Timeline

/// Reads foreign bytes as a stored event's line. What is a fact says the same after it was stored and
/// read again, and its keys can be looked up.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    var reader = FactReader()
    guard let fact = reader.read(bytes.span, site: 1, place: .init(chunk: 1, line: 0)) else {
        return 0
    }
    var restored = Fact(fact.name, type: fact.type, source: fact.source, at: fact.occurredAt)
    restored.place = fact.place
    restored.receivedAt = fact.receivedAt
    precondition(reader.fill(&restored, body: FactWriter.body(of: fact)), "It cannot be read.")
    precondition(restored == fact, "What was stored says something else.")
    _ = fact.keys.map(\.digest)
    return 0
}

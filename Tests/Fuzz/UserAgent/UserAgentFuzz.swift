import ConveyProtocol

@testable import Visitors

/// Reads foreign bytes as a user agent and as client hints. What is told fits the event, is the same each
/// time, and a device is told whenever anything was sent.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    let half = text.prefix(text.count / 2)
    let evidence = [
        AgentEvidence(userAgent: text),
        AgentEvidence(userAgent: String(half), brands: text, system: text, isMobile: true),
    ]
    for one in evidence {
        let facts = AgentReader.facts(of: one)
        precondition(facts == AgentReader.facts(of: one), "The same text says something else.")
        precondition((facts.device == nil) == (one == AgentEvidence(userAgent: nil)), "No device.")
        precondition(
            (facts.browser ?? "x").utf8.count <= 64 && facts.isBot == (facts.device == .bot))
    }
    return 0
}

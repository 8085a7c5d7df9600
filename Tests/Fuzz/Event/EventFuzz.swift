import ConveyProtocol
import Crypto
import JSON
import Time

/// Reads foreign bytes as a sender's event, under settings that the first byte chooses, and as a
/// finished line. What the edge writes must pass the aggregator's check, also after its clock was
/// corrected, and must be written the same again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let body = Array(bytes.dropFirst())
    var check = EventCheck()
    _ = check.read(body.span)
    guard let event = written(body, context(choice)) else { return 0 }
    precondition(written(body, context(choice)) == event, "An event is written in two ways.")
    precondition(isSound(event), "The edge writes what the aggregator rejects.")
    var corrected: [UInt8] = []
    let isCorrected = ClockCorrection.append(
        event.span, shiftedBy: 86_400_001, to: &corrected)
    precondition(isCorrected && isSound(corrected), "A corrected event is not sound.")
    return 0
}

private func isSound(_ event: [UInt8]) -> Bool {
    let line = Array("{\"seq\":1,".utf8) + event.dropFirst()
    var check = EventCheck()
    guard case .sound = check.read(line.span) else { return false }
    return true
}

private func written(_ body: [UInt8], _ context: EventContext) -> [UInt8]? {
    var parser = JSONParser(bytesMax: 1 << 20)
    var writer = EventWriter(random: Zeros())
    let isWritten = try? parser.parse(body) { root in (try? writer.write(root, context)) != nil }
    return isWritten == true ? writer.bytes : nil
}

private struct Zeros: RandomSource {
    func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

private func context(_ choice: UInt8) -> EventContext {
    guard let id = SiteID(bytes: Array(repeating: 7, count: 16)), let currency = Currency("EUR")
    else { preconditionFailure("The fuzzed site is sound.") }
    var site = SiteSettings.Site(
        id: id, name: "shop.example", platform: .custom, currency: currency, timeZone: "UTC")
    site.privacy = SiteSettings.Privacy.allCases[Int(choice & 3) % 3]
    site.address = SiteSettings.AddressRule.allCases[Int(choice >> 2 & 3) % 3]
    site.consent.honoursDNT = choice & 16 != 0
    var context = EventContext(
        rules: SiteRules(site), source: choice & 32 == 0 ? .browser : .server,
        credential: choice & 32 == 0 ? .siteKey : .serverKey,
        receivedAt: Timestamp(unixSeconds: 1_772_366_400))
    context.client.address = "2001:db8::9"
    context.client.userAgent = "fuzz"
    context.client.sendsDNT = choice & 64 != 0
    context.client.sendsGPC = choice & 128 != 0
    return context
}

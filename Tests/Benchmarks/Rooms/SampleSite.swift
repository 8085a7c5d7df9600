import ConveyProtocol
import Crypto
import JSON
import Stage
import Time

/// A site and a moment for events that never saw a shop.
enum SampleSite {
    static let receivedAt = Timestamp(microseconds: 1_772_366_400_000_000)
    static let id = "019a0000-0000-7000-8000-00000000511e"

    static func context(of site: String = id, at time: Timestamp = receivedAt) throws
        -> EventContext
    {
        guard let id = SiteID(site), let currency = Currency("EUR") else {
            throw BenchFault("no sample site")
        }
        let settings = SiteSettings.Site(
            id: id, name: "shop.example.com", platform: .custom, currency: currency,
            timeZone: "Europe/Berlin")
        return EventContext(
            rules: SiteRules(settings), source: .browser, credential: .siteKey, receivedAt: time)
    }

    /// Canonical lines as the edge stores them; their ids are to be replaced.
    static func lines(_ count: Int, seed: UInt64, _ context: EventContext) throws -> [[UInt8]] {
        var samples = Samples(seed: seed, start: context.receivedAt - .seconds(90))
        var parser = JSONParser(bytesMax: 65_536)
        var writer = EventWriter(random: SeededBytes(seed: seed))
        return try (0..<count).map { _ in
            _ = try parser.parse(
                Array(samples.event().utf8).span, orThrow: { _ in EventFault(.invalidJSON) }
            ) { root throws(EventFault) in try writer.write(root, context) }
            return writer.bytes
        }
    }
}

/// The same bytes for the same seed.
struct SeededBytes: RandomSource {
    let seed: UInt64

    func bytes(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
}

import Attribution
import ConveyProtocol
import Time
import Timeline

/// Conversions with touches before them, as a shop has them: of all kinds, at random times, all inside
/// the window. The same for the same seed.
struct SampleConversions: Sendable {
    struct Path: Sendable {
        let conversion: CreditedConversion
        let touches: [Touch]
    }

    let paths: [Path]

    /// - Parameter count: distinct ones; a measurement goes through them again and again.
    init(_ count: Int, touchesEach: Int) {
        var random = SplitMix(seed: 5)
        let channels = ChannelRules.standard
        let sources = [
            TrafficSource(source: "google", medium: "cpc", campaign: "spring"),
            TrafficSource(source: "news", medium: "email", campaign: "may"),
            TrafficSource(source: "google", medium: "organic"), .direct,
        ]
        let euros = Currency("EUR") ?? { preconditionFailure("EUR is a currency.") }()
        paths = (0..<count).map { number in
            let at = Timestamp(microseconds: 1_790_000_000_000_000 + Int64(number) * 60_000_000)
            let touches = (0..<touchesEach).map { place in
                let kind = Touch.Kind.allCases[Int(random.next() % 5)]
                let source = sources[Int(random.next() % 4)]
                let age = Int64(random.next() % (30 * 86_400_000_000))
                return Touch(
                    id: DerivedID("touch", .integer(Int64(number)), .integer(Int64(place))),
                    at: at - .microseconds(age), timing: .seen, kind: kind,
                    channel: channels.channel(of: source), traffic: source)
            }
            let micros = Int64(random.next() % 50_000) * 10_000
            return Path(
                conversion: CreditedConversion(
                    at: at, value: Money(micros: micros, currency: euros)), touches: touches)
        }
    }

    /// SplitMix64.
    private struct SplitMix {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Facts of one person: sessions of ten events, each after a landing by an ad, a link or a search.
    static func person(facts count: Int) -> [Fact] {
        let start = Timestamp(microseconds: 1_790_000_000_000_000)
        return (0..<count).compactMap { number in
            guard let id = EventID("bench-\(number)") else { return nil }
            let session = number / 10
            var fact = Fact(
                Fact.Name(site: 1, credential: .siteKey, id: id), type: "page_view",
                source: .browser, at: start + .seconds(number * 300))
            (fact.visitor, fact.session) = ("visitor", "session-\(session)")
            fact.page = Fact.Page(
                url: "https://shop.example/product/\(number)",
                referrer: number % 10 == 0 ? "https://www.google.com/" : "https://shop.example/")
            if session % 3 == 0 { fact.clicks = [ClickID(.gclid, "EAIaIQobChMI\(session)")] }
            if session % 3 == 1 {
                fact.utm = Fact.UTM(source: "news", medium: "email", campaign: "\(session)")
            }
            return fact
        }
    }
}

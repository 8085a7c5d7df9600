import AggregatorBench
import Doubles
import Sites
import TestSupport
import Testing

/// Goal: what a person forbade never leaves, and what nobody said is never taken for a yes. Method:
/// sales through the whole chain; what Google's double holds in the end, in words.
@Suite(.timeLimit(.minutes(5))) struct ConsentTableTests {
    private let click = "gclid:\(Sale.gclid)"
    private static let unknown = ["unknown", "unknown", "unknown"]
    private static let denied = ["granted", "denied", "denied"]

    @Test(arguments: Backend.all) func deniedConsentSendsNothing(_ backend: Backend) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale(consent: Self.denied, email: "ab")
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads() == ["cancelled: consent_denied"])
            #expect(try await chain.conversions() == ["id:9001 counted 100.00 EUR"])
        }
    }

    @Test(arguments: Backend.all) func oneDenialAmongAllPartsSendsNothing(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            var story = sale.story()
            sale.consent = Self.denied
            story.append(sale.thanks())
            try await chain.tell(story)
            try await chain.come()
            #expect(chain.google.isEmpty)
        }
    }

    @Test(arguments: Backend.all) func unknownConsentIsWithheldWhereTheSiteSaysNothing(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale(consent: Self.unknown, email: "ab")
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads() == ["held: consent_unknown"])
        }
    }

    @Test(arguments: Backend.all) func unknownConsentSendsTheClickAloneWhereTheSiteSaysClickIdOnly(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            try await chain.judge { $0.unknownConsent = .clickIDOnly }
            var sale = Sale(consent: Self.unknown, email: "ab")
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            #expect(try await chain.personal() == [false])
        }
    }

    @Test(arguments: Backend.all)
    func unknownConsentWithoutAClickSendsNothingWhereOnlyTheClickMayGo(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            try await chain.judge { $0.unknownConsent = .clickIDOnly }
            var sale = Sale(consent: Self.unknown, email: "ab")
            try await chain.tell(sale.fill(), sale.thanks(), sale.webhook())
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads() == ["cancelled: no_identifier"])
        }
    }

    @Test(arguments: Backend.all)
    func unknownConsentSendsAllWithoutAWordOfConsentWhereTheSiteSaysUnspecified(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            try await chain.judge { $0.unknownConsent = .sendUnspecified }
            var sale = Sale(consent: Self.unknown, email: "ab")
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            #expect(try await chain.personal() == [true])
            #expect(try await chain.consents() == ["left out"])
        }
    }

    @Test(arguments: Backend.all) func anotherPolicyFreesWhatWasWithheld(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale(consent: Self.unknown)
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google.isEmpty)
            try await chain.judge { $0.unknownConsent = .clickIDOnly }
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func aLaterDenialStopsWhatIsNotSentYet(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            sale.consent = Self.denied
            try await chain.tell(sale.thanks())
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.conversions() == ["id:9001 counted 100.00 EUR"])
        }
    }

    @Test(arguments: Backend.all) func aDenialAfterTheUploadSendsNoFurtherVersion(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            sale.consent = Self.denied
            try await chain.tell(
                sale.thanks(), sale.refund("40.00", id: "r1", after: 3_600))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            #expect(chain.held("9001")?.received == 1)
        }
    }
}

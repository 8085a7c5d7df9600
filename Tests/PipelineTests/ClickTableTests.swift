import AggregatorBench
import Doubles
import TestSupport
import Testing
import Time

/// Goal: an order is sent with the click that earned it, and with no other. Method: sales through the
/// whole chain; what Google's double holds in the end, in words.
@Suite(.timeLimit(.minutes(5))) struct ClickTableTests {
    private let click = "gclid:\(Sale.gclid)"
    private static let month: Int64 = 30 * 86_400

    /// - Returns: what Google holds of a sale whose ad was clicked so long before.
    private func sent(
        _ chain: WholeChain, clickedBefore seconds: Int64, milliseconds: Int64 = 0
    ) async throws -> String? {
        var sale = Sale()
        var landing = sale.click(before: seconds)
        landing.milliseconds = milliseconds
        try await chain.tell(landing, sale.fill(), sale.thanks(), sale.webhook())
        try await chain.come()
        return chain.google[chain.id("9001")]
    }

    @Test(arguments: Backend.all) func aClickExactlyAtTheWindowsEdgeIsUsed(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            let sent = try await sent(chain, clickedBefore: Self.month)
            #expect(sent == "100.00 EUR \(click)")
            #expect(try await chain.credits() == ["spring": 100_000_000])
        }
    }

    /// No event states less than milliseconds; `WindowTests` goes down to the microsecond.
    @Test(arguments: Backend.all) func aClickAMillisecondPastTheWindowIsNotUsed(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            let sent = try await sent(chain, clickedBefore: Self.month, milliseconds: -1)
            #expect(sent == nil)
            #expect(try await chain.credits().isEmpty)
            #expect(try await chain.uploads() == ["cancelled: no_identifier"])
        }
    }

    @Test(arguments: Backend.all) func aClickAfterThePurchaseIsNotUsed(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            let sent = try await sent(chain, clickedBefore: -301)
            #expect(sent == nil)
            #expect(try await chain.credits().isEmpty)
            #expect(try await chain.uploads() == ["cancelled: no_identifier"])
        }
    }

    @Test(arguments: Backend.all)
    func aClickFiveMinutesAfterThePurchaseIsTwoClocksAndSentASecondAfterIt(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            let sent = try await sent(chain, clickedBefore: -300)
            #expect(sent == "100.00 EUR \(click)")
            let purchase = IngestBench.start + .seconds(Sale().at)
            #expect(chain.held("9001")?.occurredAt == purchase + .seconds(301))
            #expect(try await chain.credits() == ["spring": 100_000_000])
        }
    }

    @Test(arguments: Backend.all) func aTruncatedGclidIsNeverSent(_ backend: Backend) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.click([("gclid", "Cj0KCQiA-cut")]), sale.fill(), sale.webhook())
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads() == ["cancelled: no_identifier"])
        }
    }

    @Test(arguments: Backend.all) func theBraidBesideATruncatedGclidIsSent(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            let ids = [("gclid", "Cj0KCQiA-cut"), ("gbraid", Sale.gbraid)]
            try await chain.tell(sale.click(ids), sale.fill(), sale.webhook())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR gbraid:\(Sale.gbraid)"])
        }
    }

    @Test(arguments: Backend.all) func ofGclidAndBraidInOneLandingOnlyTheGclidIsSent(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            let ids = [("gclid", Sale.gclid), ("gbraid", Sale.gbraid)]
            try await chain.tell(sale.click(ids), sale.fill(), sale.webhook())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func ofTwoClicksInsideTheWindowTheNewerIsSent(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.click(before: 86_400, [("gclid", Sale.gclid + "-newer")]),
                sale.click(before: 5 * 86_400), sale.fill(), sale.webhook())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)-newer"])
        }
    }

    @Test(arguments: Backend.all) func expressCheckoutFindsItsClickByTheCartToken(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.click(), sale.fill(), sale.webhook())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func withoutTheCartTokenTheClickIsSomebodyElses(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.click(), sale.fill())
            sale.cart = "another-cart"
            try await chain.tell(sale.webhook())
            try await chain.come()
            #expect(chain.google.isEmpty)
        }
    }

    @Test(arguments: Backend.all) func aLaterToldClickInsideTheWindowChangesTheCredits(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.click(before: 5 * 86_400, campaign: "winter"), sale.fill(), sale.webhook())
            #expect(try await chain.credits() == ["winter": 100_000_000])
            try await chain.tell(
                sale.click(before: 86_400, [("gclid", Sale.gclid + "-newer")], campaign: "spring"))
            #expect(try await chain.credits() == ["spring": 100_000_000])
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)-newer"])
        }
    }

    @Test(arguments: Backend.all) func aClickToldAfterTheUploadChangesTheCreditsAndNotWhatWasSent(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.click(before: 5 * 86_400, campaign: "winter"), sale.fill(), sale.webhook())
            try await chain.come()
            try await chain.tell(
                sale.click(before: 86_400, [("gclid", Sale.gclid + "-newer")], campaign: "spring"))
            try await chain.come()
            #expect(try await chain.credits() == ["spring": 100_000_000])
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            #expect(chain.held("9001")?.received == 1)
            #expect(try await chain.uploads() == ["confirmed", "cancelled: unchanged"])
        }
    }

    @Test(arguments: Backend.all) func theClickOnAnotherDeviceIsFoundByTheAddressOfEMail(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var phone = Sale(visitor: "phone", email: "ab")
            var login = phone.page("login", at: phone.at - 86_300)
            login.email = "ab"
            var sale = Sale(visitor: "laptop", email: "ab")
            try await chain.tell(sale.fill(), sale.thanks(), sale.webhook())
            #expect(try await chain.credits().isEmpty)
            try await chain.tell(phone.click(), login)
            #expect(try await chain.credits() == ["spring": 100_000_000])
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func aClickOfThisMorningWaitsSixHoursAndAQuarter(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            let now = PipelineBench.start - IngestBench.start
            var sale = Sale(at: now.components.seconds - 3_600)
            try await chain.tell(
                sale.click(before: 600), sale.fill(), sale.thanks(), sale.webhook())
            try await chain.pass(hours: 4)
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads() == ["held: too_recent_click"])
            try await chain.pass(hours: 4)
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }
}

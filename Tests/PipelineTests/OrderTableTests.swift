import AggregatorBench
import Doubles
import Pipeline
import Sites
import Store
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: orders that look alike are told apart, those that are one are one, and money arrives as it was
/// meant. Method: sales through the whole chain; what Google's double holds in the end, in words.
@Suite(.timeLimit(.minutes(5))) struct OrderTableTests {
    private let click = "gclid:\(Sale.gclid)"

    @Test(arguments: Backend.all) func aSaleWithClickAndWebhookIsOneConversionOfItsValueAndClick(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            #expect(try await chain.uploads() == ["confirmed"])
            #expect(chain.held("9001")?.received == 1)
        }
    }

    @Test(arguments: Backend.all) func twoShopsWithTheSameOrderNumberOnOneActionAreTwoConversions(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var first = Sale()
            var second = Sale(site: 5, amount: "55.50", visitor: "v2", cart: "c2", checkout: "k2")
            try await chain.tell(
                first.story() + [second.click([("gclid", Sale.gclid + "2")]), second.fill()]
                    + [second.server()])
            try await chain.come()
            #expect(
                chain.google == [
                    chain.id("9001"): "100.00 EUR \(click)",
                    chain.id("9001", site: 5): "55.50 EUR \(click)2",
                ])
        }
    }

    @Test(arguments: Backend.all) func anOrderNamedWithAndWithoutItsHashIsOne(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale(id: nil, name: "#1042")
            try await chain.tell(sale.click(), sale.fill(), sale.webhook())
            sale.name = "1042"
            try await chain.tell(sale.thanks(), sale.webhook(after: 60))
            try await chain.come()
            #expect(chain.google == [chain.id("1042"): "100.00 EUR \(click)"])
            #expect(try await chain.conversions() == ["name:1042 counted 100.00 EUR"])
        }
    }

    @Test(arguments: Backend.all) func twoOrdersOfOneNameAndTwoIdsAreTwo(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var first = Sale(id: "9001")
            var second = Sale(id: "9002", cart: "cart-2", checkout: "checkout-2")
            try await chain.tell(first.story() + [second.webhook()])
            try await chain.come()
            #expect(
                try await chain.conversions() == [
                    "id:9001 counted 100.00 EUR", "id:9002 counted 100.00 EUR",
                ])
        }
    }

    @Test(
        arguments: Backend.all,
        [
            ("1500", "JPY", "1500 JPY"), ("1500.50", "JPY", "1501 JPY"),
            ("12.345", "KWD", "12.345 KWD"), ("12.3454", "KWD", "12.345 KWD"),
            ("0.01", "USD", "0.01 USD"), ("404.95", "USD", "404.95 USD"),
            ("0.00", "EUR", "0.00 EUR"),
        ]) func aPriceArrivesWithTheDecimalsOfItsCurrency(
            _ backend: Backend, price: (amount: String, currency: String, held: String)
        ) async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale(amount: price.amount, currency: price.currency)
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "\(price.held) \(click)"])
        }
    }

    @Test(arguments: Backend.all) func aTestOrderIsNoConversionAndNeverSent(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            var webhook = sale.webhook()
            webhook.isTest = true
            try await chain.tell(sale.click(), sale.fill(), sale.thanks(), webhook)
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.conversions().isEmpty)
            #expect(try await chain.uploads().isEmpty)
        }
    }

    @Test(arguments: Backend.all) func anOrderThatProvesToBeATestBeforeItIsSentIsNeverSent(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            var webhook = sale.webhook(after: 60)
            webhook.isTest = true
            try await chain.tell(webhook)
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.conversions().isEmpty)
        }
    }

    @Test(arguments: Backend.all) func aBrowsersPurchaseAloneAtAShopWithWebhooksIsShownAndNeverSent(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            try await chain.judge { $0.confirmation = .platform }
            var sale = Sale()
            try await chain.tell(sale.click(), sale.fill(), sale.thanks())
            try await chain.pass(hours: 48)
            #expect(chain.google.isEmpty)
            #expect(try await chain.conversions() == ["id:9001 unconfirmed 100.00 EUR"])
            #expect(try await chain.uploads() == ["held: unconfirmed"])
        }
    }

    @Test(arguments: Backend.all) func theShopsWordTurnsABrowsersPurchaseIntoAConversion(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            try await chain.judge { $0.confirmation = .platform }
            var sale = Sale()
            try await chain.tell(sale.click(), sale.fill(), sale.thanks())
            try await chain.pass(hours: 2)
            sale.amount = "90.00"
            try await chain.tell(sale.webhook())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "90.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func anOrderThatIsNeverPaidIsNoConversion(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.click(), sale.fill(), sale.webhook("pending", topic: "orders/create"))
            try await chain.come()
            #expect(try await chain.conversions().isEmpty)
            try await chain.tell(sale.webhook("paid", after: 3_600))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func aStrangersClaimOfAnOrdersNumberBringsNeitherClickNorPrice(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            var stranger = Sale(amount: "1.00", visitor: "stranger", cart: "c9", checkout: "k9")
            try await chain.tell(sale.story())
            try await chain.tell(
                stranger.click(before: 60, [("gclid", Sale.gclid + "-of-the-stranger")]),
                stranger.thanks())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
        }
    }

    /// Whoever holds a site key may claim any price.
    @Test(arguments: Backend.all) func pricesThatNoSumCanHoldSpoilNoSum(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var events: [WorldEvent] = []
            for number in 1...12 {
                var sale = Sale(
                    id: "90\(number)", name: nil, amount: "999999999999.99", cart: "c\(number)",
                    checkout: "k\(number)", consent: ["unknown", "unknown", "unknown"])
                events.append(sale.server())
            }
            try await chain.tell(events)
            try await chain.pass(hours: 2)
            let now = chain.bench.now
            let (money, count) = try await chain.bench.read { tenant in
                let records = UploadRecords(tenant, GoogleVerdicts.table)
                let destination = try DestinationTable(tenant, at: now).named(WholeChain.name)
                let preview = try Backfill(tenant, at: now)
                    .preview(of: destination, from: .earliest)
                return (
                    try records.totals().map(\.valueMicros)
                        + records.waiting(at: destination.number).map(\.valueMicros)
                        + preview.micros.values, preview.count
                )
            }
            #expect(count == 12 && !money.isEmpty)
            #expect(money.allSatisfy { $0 >= 9_000_000_000_000_000_000 })
            let waiting = try await chain.bench.store.read { tx in
                try WaitingUploads.all(GoogleVerdicts.table, in: tx)
            }
            #expect(!waiting.isEmpty)
        }
    }
}

package import Time

/// An imaginary shop: tells whole stories of its visitors, the same ones for the same seed.
///
/// Everything in it happens at `example.com`. Each story is a handful of requests of browsers, webhooks
/// and servers, made late, twice and out of order as networks do.
package struct Shop: Sendable {
    /// What a delivery should come to, by the rules of the intake.
    package enum Expectation: Sendable, Hashable {
        /// Stored under this event id (for webhooks the delivery id).
        case stored(id: String)
        /// Turned away; `reason` is ours, for the tally.
        case refused(reason: String)
    }

    /// One request that a browser or the shop makes.
    package struct Delivery: Sendable, Equatable {
        /// How the request shows who sends it.
        enum Credential: Sendable { case siteKey, serverKey, webhookSecret, wrongSecret }
        let credential: Credential
        /// Shopify's topic; nil for events of browsers and servers.
        package var topic: String?
        /// What identifies a webhook's delivery; its repeats carry the same.
        package var deliveryID: String?
        /// JSON as it is sent, but for the time of sending.
        package let body: String
        /// What each of its events should come to, in order.
        package let expectations: [Expectation]
        /// How much the sender's clock is ahead.
        var clockError: Duration = .zero

        /// Stands where the time of sending belongs.
        static let sentAtMark = #""sent_at":"now""#

        /// The body as it leaves at a time of the true clock; the sender writes what its own shows.
        package func body(sentAt now: Timestamp) -> String {
            body.replacing(Self.sentAtMark, with: #""sent_at":"\#(now + clockError)""#)
        }
    }

    /// Everything that happens at a shop, in chapters, and how its orders must end.
    package struct Traffic: Sendable, Equatable {
        /// What is sent in each chapter, in the order of sending.
        package let chapters: [[Delivery]]
        /// What is sent after the platform confirmed the orders: late refunds.
        package let afterwards: [Delivery]
        /// One an order.
        package let endings: [OrderEnding]
        /// Google click ids that the platform does not know.
        package let foreignClicks: [String]
    }

    private var teller: Storyteller
    private var random: SeededGenerator

    /// - Parameters:
    ///   - now: when the traffic is sent; all of it happened before.
    ///   - firstOrder: two shops may well have the same numbers.
    ///   - sendsUnknownClicks: the site's `unknown_consent` is `click_id_only`.
    package init(
        seed: UInt64, now: Timestamp, firstOrder: Int = 1001, sendsUnknownClicks: Bool = false
    ) {
        random = SeededGenerator(seed: ~seed)
        teller = Storyteller(
            seed: seed, now: now.roundedDownToMilliseconds, firstOrder: firstOrder,
            sendsUnknownClicks: sendsUnknownClicks)
    }

    /// Makes the deliveries of `visits` stories as one chapter, with repeats, bad events and late ones
    /// among them.
    package mutating func deliveries(visits: Int) -> [Delivery] {
        let traffic = traffic(stories: visits, chapters: 1)
        return traffic.chapters.flatMap(\.self) + traffic.afterwards
    }

    /// Tells stories, spread over chapters; where there are enough, each of them is among them.
    /// - Parameters:
    ///   - stories: 1 or more.
    ///   - chapters: 1 or more.
    package mutating func traffic(stories: Int, chapters: Int) -> Traffic {
        var told: [[Delivery]] = Array(repeating: [], count: chapters)
        var afterwards: [Delivery] = []
        for (place, story) in programme(stories).enumerated() {
            let own = place * chapters / stories
            teller.tell(story)
            for scene in teller.takeScenes() {
                switch scene.delay {
                case .chapters(let delay):
                    told[min(own + delay, chapters - 1)].append(scene.delivery)
                case .afterwards: afterwards.append(scene.delivery)
                }
            }
            if place % 10 == 3 { told[own].append(badDelivery(place)) }
        }
        return Traffic(
            chapters: told.map { disturbed($0) }, afterwards: disturbed(afterwards),
            endings: teller.endings, foreignClicks: teller.foreignClicks)
    }

    /// Each story once, in any order, then by weight.
    private mutating func programme(_ count: Int) -> [Story] {
        let all = Story.allCases.flatMap { Array(repeating: $0, count: $0.weight) }
        guard count >= Story.allCases.count else {
            return (0..<count).map { _ in all[random.below(all.count)] }
        }
        let others = (Story.allCases.count..<count).map { _ in all[random.below(all.count)] }
        return (Story.allCases + others).shuffled(using: &random)
    }

    // MARK: What goes wrong on the way

    private mutating func disturbed(_ deliveries: [Delivery]) -> [Delivery] {
        let repeats = deliveries.filter { $0.isRepeatable && random.chance(0.05) }
        return permuted(deliveries + repeats)
    }

    /// Moves deliveries about as networks do: most by a little, some by a lot.
    private mutating func permuted(_ deliveries: [Delivery]) -> [Delivery] {
        let moved = deliveries.enumerated().map { place, delivery in
            let delay = random.chance(0.1) ? random.below(deliveries.count) : random.below(8)
            return (place + delay, place, delivery)
        }
        return moved.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private mutating func badDelivery(_ place: Int) -> Delivery {
        switch place % 40 {
        case 3: bad(#"{"type":"page_view","occurred_at":"yesterday"}"#, "unreadable time")
        case 13:
            bad(#"{"type":"purchase","value":{"amount":"1,234.50","currency":"EUR"}}"#, "money")
        case 23: bad(#"{"type":"page_view","#, "cut short")
        default:
            Delivery(
                credential: .wrongSecret, topic: "orders/create", deliveryID: "forged-\(place)",
                body: teller.forgedOrder.body, expectations: [.refused(reason: "forged signature")])
        }
    }

    private func bad(_ body: String, _ reason: String) -> Delivery {
        Delivery(
            credential: .siteKey, body: body, expectations: [.refused(reason: reason)])
    }
}

extension Shop.Delivery {
    /// Whether a network might deliver it twice; a refusal twice would only be counted twice.
    var isRepeatable: Bool {
        expectations.allSatisfy { if case .stored = $0 { true } else { false } }
    }
}

extension Storyteller {
    /// An order that never was.
    var forgedOrder: Order {
        Order(number: 9, customer: 9, createdAt: now, updatedAt: now, cents: 100)
    }
}

package import HTTP
package import Time

/// Makes a shop's deliveries to a collector, and makes them again until each has a final answer, as
/// browsers and shops do.
package struct Courier: Sendable {
    /// What the shop's callers hold.
    package struct Credentials: Sendable {
        /// The site's id, as its webhooks' path names it.
        package let siteID: String
        /// What browsers hold.
        package let siteKey: String
        /// What shops' servers hold.
        package let serverKey: String
        /// What the shop's platform signs its webhooks with.
        package let webhookSecret: String
        /// The canonical name, which is the domain that webhooks come from.
        package let shopDomain: String

        /// - Parameter shopify: the secret that webhooks are signed with, and the shop's domain.
        package init(
            siteID: String, siteKey: String, serverKey: String,
            shopify: (secret: String, domain: String)
        ) {
            self.siteID = siteID
            self.siteKey = siteKey
            self.serverKey = serverKey
            webhookSecret = shopify.secret
            shopDomain = shopify.domain
        }
    }

    private let origin: Origin
    private let credentials: Credentials
    private let client: Client
    private let clock: any WallClock

    /// How long to wait before a delivery is made again.
    private static let pause: Duration = .milliseconds(50)

    /// - Parameter clock: tells browsers when they send.
    package init(
        to origin: Origin, with credentials: Credentials, client: Client = Client(),
        clock: any WallClock = SystemClock()
    ) {
        self.origin = origin
        self.credentials = credentials
        self.client = client
        self.clock = clock
    }

    /// Makes all deliveries, `width` at a time, in about the given order.
    package func deliver(_ deliveries: [Shop.Delivery], width: Int) async throws -> Tally {
        try await withThrowingTaskGroup(of: Tally.self) { group in
            for lane in 0..<width {
                let own = stride(from: lane, to: deliveries.count, by: width).map { deliveries[$0] }
                group.addTask { try await deliverInTurn(own) }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
    }

    private func deliverInTurn(_ deliveries: [Shop.Delivery]) async throws -> Tally {
        var tally = Tally()
        for delivery in deliveries {
            tally.note(delivery, status: try await finalStatus(of: delivery, &tally.retries))
        }
        return tally
    }

    private func finalStatus(of delivery: Shop.Delivery, _ retries: inout Int) async throws -> Int {
        while true {
            try Task.checkCancellation()
            if let status = await status(of: request(for: delivery)),
                ![429, 503, 507].contains(status)
            {
                return status
            }
            retries += 1
            try await ContinuousClock().sleep(for: Self.pause)
        }
    }

    /// The answer's status; nil where the connection broke off.
    private func status(of request: ClientRequest) async -> Int? {
        do { return try await client.send(request).status } catch { return nil }
    }

    private func request(for delivery: Shop.Delivery) -> ClientRequest {
        let body = Array(delivery.body(sentAt: clock.now()).utf8)
        if let topic = delivery.topic {
            let isForged = delivery.credential == .wrongSecret
            return credentials.webhookRequest(
                topic, body, id: delivery.deliveryID ?? "", to: origin,
                secret: isForged ? "not the secret" : nil)
        }
        return delivery.credential == .serverKey
            ? credentials.serverRequest(body, to: origin)
            : credentials.browserRequest(body, to: origin)
    }
}

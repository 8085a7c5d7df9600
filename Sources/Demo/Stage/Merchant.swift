package import Child
import FoundationEssentials
package import HTTP

/// An organization on the stage: its shops at the aggregator, and one collector beside them.
package struct Merchant: Sendable {
    /// The collector's name at the aggregator.
    package let name: String
    /// Where the collector takes events, without TLS.
    package let intake: Origin
    /// What the callers of each shop hold.
    package let shops: [Courier.Credentials]
    /// Its name at the aggregator.
    package let organization: String
    private let stage: Stage

    /// Makes organization, shops, keys and collector at the running aggregator, and enrols it.
    /// - Parameters:
    ///   - stores: Shopify handles, as `lamps`; a name with a dot is a shop of WooCommerce.
    ///   - road: where the collector reaches the aggregator; the aggregator itself by default.
    package static func open(
        _ organization: String, stores: [String], on stage: Stage, by road: Origin? = nil
    ) async throws -> Merchant {
        _ = try await stage.aggregator(["organizations", "add", organization])
        var shops: [Courier.Credentials] = []
        for store in stores {
            shops.append(try await openShop(store, of: organization, on: stage))
        }
        let name = "edge-\(stores[0])"
        let merchant = Merchant(
            name: name, intake: try Stage.origin("http://127.0.0.1:\(FreePort.pick())"),
            shops: shops, organization: organization, stage: stage)
        try await merchant.enrol(by: road ?? stage.aggregator)
        return merchant
    }

    /// Enrols a further collector for the same shops, with a port and a folder of its own.
    /// - Parameter number: from 2.
    package func beside(_ number: Int, by road: Origin? = nil) async throws -> Merchant {
        let other = Merchant(
            name: "\(name)-\(number)",
            intake: try Stage.origin("http://127.0.0.1:\(FreePort.pick())"), shops: shops,
            organization: organization, stage: stage)
        try await other.enrol(by: road ?? stage.aggregator)
        return other
    }

    /// Starts the collector and waits until it takes events.
    package func startCollector(environment: [String: String] = [:]) async throws -> Program {
        try await stage.start(
            "convey-collector", ["run", "--config", configuration], log: name,
            environment: environment)
    }

    /// Waits until the running collector has its settings: before them it refuses every event.
    package func takesEvents(within limit: Duration = .seconds(60)) async throws {
        let client = Client()
        let end = ContinuousClock.now + limit
        while try await client.send(ClientRequest(.get, intake, "/readyz")).status != 200 {
            guard ContinuousClock.now < end else {
                throw Program.Fault(description: "after \(limit) the collector takes no events")
            }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
    }

    /// Changes how one of its shops is judged, by options of `sites set`.
    package func set(shop number: Int, _ options: [String]) async throws {
        _ = try await stage.aggregator(
            ["sites", "set", shops[number].shopDomain, "--organization", organization] + options)
    }

    /// Runs one of the collector's commands; what it printed.
    package func collector(_ arguments: [String]) async throws -> String {
        try await stage.output("convey-collector", arguments + ["--config", configuration])
    }

    /// Where the collector's data lies.
    package var dataDirectory: String { stage.path(name) }
    /// The collector's configuration file.
    package var configuration: String { stage.path("\(name).yaml") }

    private func enrol(by road: Origin) async throws {
        try stage.write(
            """
            data_directory: \(dataDirectory)
            listen:
              plain: ["\(intake.authority)"]
            intake:
              trusted_proxies: [127.0.0.1]
            log:
              format: text

            """, to: "\(name).yaml")
        let made = try await stage.rows([
            "collectors", "add", name, "--organization", organization, "--json",
        ])
        let token = made.first?["token"] ?? ""
        _ = try await collector([
            "enroll", road.url, token, "--authority", stage.path("authority.pem"),
        ])
    }

    private static func openShop(
        _ store: String, of organization: String, on stage: Stage
    ) async throws -> Courier.Credentials {
        let own = ["--organization", organization, "--json"]
        let platform = store.contains(".") ? "woocommerce" : "shopify"
        let site = try await stage.rows(["sites", "add", store, "--platform", platform] + own)
        let (id, domain) = (site.first?["id"] ?? "", site.first?["name"] ?? "")
        let secret = "secret-of-\(store)"
        try stage.write(secret, to: "\(store).secret")
        _ = try await stage.rows(
            [
                "sites", "set", domain, "--origins", "https://\(domain)",
                "--\(platform)-secret-file", stage.path("\(store).secret"),
            ] + own)
        let siteKey = try await stage.rows(["keys", "add", domain] + own)
        let serverKey = try await stage.rows(["keys", "add", domain, "--kind", "server"] + own)
        return Courier.Credentials(
            siteID: id, siteKey: siteKey.first?["key"] ?? "",
            serverKey: serverKey.first?["key"] ?? "", shopify: (secret, domain))
    }
}

import Accounts
import ConveyProtocol
import Crypto
import Daemon
import Destinations
import Schema
import Store
import Tenancy
import Time

/// An aggregator's store with destinations, and conversions that become due at an even rate.
struct UploadStream {
    static let wishesPerCommit = 10

    let store: Store
    let organization: Int64
    let tools: UploadTools
    let bell = Bell()
    let platforms: [String: MeasuredPlatform]
    private let siteID = SiteID(at: SystemClock().now(), random: RandomBytes())

    /// - Parameter platforms: of each destination, by its name.
    init(path: String, platforms: [String: any AdPlatform]) async throws {
        store = try Store.sqlite(path: path)
        let now = SystemClock().now()
        _ = try await Schema.migrator.up(store, at: now)
        let sealing = SealingKey(from: RandomBytes())
        let platforms = platforms.mapValues { MeasuredPlatform($0) }
        self.platforms = platforms
        organization = try await store.write { transaction in
            let organization = try Accounts.add(
                name: "Bench", by: "bench", at: now, random: RandomBytes(), in: transaction)
            let tenant = TenantTransaction(transaction, organization: organization.number)
            let table = DestinationTable(tenant, at: now)
            for (index, name) in platforms.keys.sorted().enumerated() {
                let address = try Destination.Address(
                    .googleDataManager, customer: "1234567890", action: "\(index + 1)")
                let made = try table.add(name, address, Destination.Settings())
                try DestinationSecrets(tenant, sealing).set(
                    "{}", of: made, at: now, random: RandomBytes())
                try table.backfill(made, from: now - .seconds(86_400))
            }
            return organization.number
        }
        tools = UploadTools(
            store: store, sealing: sealing, verdicts: VerdictTable([]), log: Log(write: { _ in }),
            metrics: UploadMetrics(in: MetricRegistry())
        ) { destination, _ in
            guard let platform = platforms[destination.name] else {
                throw BenchFault("no platform of this name")
            }
            return platform
        }
    }

    /// Puts conversions into the queue of every destination; returns once they are committed.
    func wish(_ conversions: Range<Int>) async throws {
        let now = SystemClock().now()
        let wishes = conversions.map { wish($0, at: now) }
        let organization = organization
        try await store.write { transaction in
            let tenant = TenantTransaction(transaction, organization: organization)
            let destinations = try DestinationTable(tenant, at: now).all()
            let queue = UploadQueue(tenant, at: now)
            for wish in wishes {
                for destination in destinations { try queue.wish(wish, for: destination) }
            }
        }
        bell.ring()
    }

    func transactionID(_ conversion: Int) -> String { "\(siteID).\(conversion)" }

    private func wish(_ conversion: Int, at now: Timestamp) -> UploadWish {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency.") }
        var wish = UploadWish(
            UploadWish.Subject(
                conversion: (Int64(conversion), "conversion-\(conversion)", 1),
                site: (1, siteID), assignment: "purchase", orderID: "\(conversion)"),
            at: now - .seconds(3600), value: Money(micros: 49_950_000, currency: euro), .counts)
        wish.adUserData = .granted
        wish.user.emailSHA256 = String(repeating: "ab", count: 32)
        wish.clicks = [
            UploadClick(
                .gclid, "EAIaIQobChMI_\(conversion)_benchmark", at: now - .seconds(86_400))
        ]
        return wish
    }
}

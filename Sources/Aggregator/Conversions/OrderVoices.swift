import ConveyProtocol
import Time
import Timeline

/// Who speaks of an order; the word of the later one weighs more.
package enum Voice: String, CaseIterable, Sendable {
    /// A public key: anybody.
    case browser
    /// The shop's own server, or somebody it trusts with a secret key.
    case server
    /// The shop's platform.
    case platform

    init(of fact: Fact) {
        if fact.isClaim {
            self = .browser
            return
        }
        switch fact.source {
        case .shopify, .woocommerce, .reconciliation: self = .platform
        case .browser, .server, .link, .import: self = .server
        }
    }
}

/// What a part is to its order.
package enum PartRole: String, Sendable {
    /// Somebody says that it was bought.
    case purchase
    /// The platform's own account of the whole order, whatever event brought it: a cancellation
    /// too. The newest one holds.
    case version
    /// Something went back.
    case refund
    /// A step towards it, as `begin_checkout`.
    case step

    init(of fact: Fact) {
        let isAboutOrder = fact.platform?.topic?.hasPrefix("order") ?? (fact.type == "purchase")
        if Voice(of: fact) == .platform, isAboutOrder, fact.platform?.refundID == nil {
            self = .version
        } else {
            switch fact.type {
            case "purchase": self = .purchase
            case "refund": self = .refund
            default: self = .step
            }
        }
    }
}

/// The parts of an order by who speaks, each list in the order in which they are to be believed.
struct OrderVoices {
    /// The platform's versions, the newest first: by its own modification time, of one time the one
    /// furthest in life, then the one with more refunds, then by name.
    let versions: [Fact]
    /// What servers say of the purchase, the newest first.
    let servers: [Fact]
    /// What browsers say of it, the first one first: a reloaded page says it again.
    let browsers: [Fact]
    /// Every refund.
    let refunds: [Fact]

    init(_ facts: [Fact]) {
        let roles = facts.map { ($0, PartRole(of: $0), Voice(of: $0)) }
        versions = roles.filter { $0.1 == .version }.map(\.0).sorted(by: Self.isNewerVersion)
        let purchases = roles.filter { $0.1 == .purchase }
        servers = purchases.filter { $0.2 != .browser }.map(\.0)
            .sorted { Fact.isBefore($1, $0) }
        browsers = purchases.filter { $0.2 == .browser }.map(\.0).sorted(by: Fact.isBefore)
        refunds = roles.filter { $0.1 == .refund }.map(\.0).sorted(by: Fact.isBefore)
    }

    /// Those whose word on the purchase is heard, the weightiest first.
    var spoken: [Fact] { versions + servers + browsers }

    /// The part whose word on the purchase weighs most.
    var firstPurchase: Fact? { spoken.first }

    /// Older accounts whose lists of refunds hold no more: each account of WooCommerce lists all that
    /// stand, and one that is missing was deleted.
    var outdatedLists: Set<Fact.Name> {
        guard versions.contains(where: { $0.source == .woocommerce }) else { return [] }
        let newest = versions.first { $0.value != nil }
        return Set(versions.map(\.name)).subtracting(newest.map { [$0.name] } ?? [])
    }

    /// Whether somebody with a secret says that it was bought.
    var isConfirmed: Bool { !versions.isEmpty || !servers.isEmpty }

    private static func isNewerVersion(_ left: Fact, _ right: Fact) -> Bool {
        let times = (left.versionTime, right.versionTime)
        guard times.0 == times.1 else { return times.0 > times.1 }
        let lives = (left.order?.status, right.order?.status)
        let progress = (CountingRule.progress(of: lives.0), CountingRule.progress(of: lives.1))
        guard progress.0 == progress.1 else { return progress.0 > progress.1 }
        let refunds = (left.platform?.refunds.count ?? 0, right.platform?.refunds.count ?? 0)
        return refunds.0 == refunds.1 ? left.name < right.name : refunds.0 > refunds.1
    }
}

extension Fact {
    /// When the platform last changed what this tells.
    var versionTime: Timestamp { platform?.modifiedAt ?? occurredAt }
}

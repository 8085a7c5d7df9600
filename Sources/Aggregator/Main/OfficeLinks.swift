import ConveyProtocol
import Daemon
import Pipeline
import Sites
import Store
import Tenancy
import Time

/// Orders about campaign links.
extension Office {
    func links(_ order: Order) async throws -> Reply {
        switch order.command {
        case "links list": return try await listLinks(order)
        case "links show":
            let now = now
            let shown = try await read(order) { tenant in
                var shelf = LinkShelf(tenant, at: now)
                return try shelf.shown(LinkTable(tenant, at: now).named(order.operands[0]))
            }
            return Listing(["setting", "value"], shown.rows).reply(order)
        case "links add": return try await addLink(order)
        case "links set": return try await setLink(order)
        case "links remove":
            try await change(order) { tenant, now in
                let table = LinkTable(tenant, at: now)
                let link = try table.named(order.operands[0])
                try table.remove(link)
                return ((), link.id.description)
            }
            return Reply(exitStatus: 0, output: "The link is no longer known.")
        case "links qr": return try await drawLink(order)
        default: return try await linkHosts(order)
        }
    }

    /// Only the operator knows under which name shoppers reach a collector.
    private func drawLink(_ order: Order) async throws -> Reply {
        guard let base = order.values["base"], StoreName.isOrigin(base) else {
            throw OrderRefusal.wrongValue(
                option: "--base", takes: "the collector's public origin, as https://go.acme.example"
            )
        }
        let now = now
        let link = try await read(order) {
            try LinkTable($0, at: now).named(order.operands[0])
        }
        guard let code = QRCode("\(base)/l/\(link.content.code)") else {
            throw OrderRefusal.wrongValue(option: "--base", takes: "a shorter origin")
        }
        return Reply(exitStatus: 0, output: code.svg)
    }

    private func addLink(_ order: Order) async throws -> Reply {
        let (change, random) = (LinkChange(order), random)
        let shown = try await self.change(order) { tenant, now in
            var content = LinkContent(target: order.operands[1])
            try change.apply(to: &content)
            let site = try SiteTable(tenant, at: now).named(order.operands[0])
            let link = try LinkTable(tenant, at: now).add(content, to: site, random: random)
            var shelf = LinkShelf(tenant, at: now)
            return (try shelf.shown(link), link.id.description)
        }
        return Listing(LinkShown.columns, [shown.row]).reply(order)
    }

    private func setLink(_ order: Order) async throws -> Reply {
        let change = LinkChange(order)
        let shown = try await self.change(order) { tenant, now in
            let table = LinkTable(tenant, at: now)
            let link = try table.named(order.operands[0])
            let site = try SiteTable(tenant, at: now).numbered(link.site)
            if try table.change(link, of: site, change.apply) {
                try Rejudging(tenant, at: now).all(ofSite: link.site)
            }
            let changed = try table.named(link.id.description)
            var shelf = LinkShelf(tenant, at: now)
            return (try shelf.shown(changed), link.id.description)
        }
        bells.pipeline.ring()
        return Listing(LinkShown.columns, [shown.row]).reply(order)
    }

    private func listLinks(_ order: Order) async throws -> Reply {
        let now = now
        let rows = try await read(order) { tenant in
            let site = try order.values["site"].map { try SiteTable(tenant, at: now).named($0) }
            var shelf = LinkShelf(tenant, at: now)
            return try LinkTable(tenant, at: now).all()
                .filter { site == nil || $0.site == site?.number }
                .map { try shelf.shown($0).row }
        }
        return Listing(LinkShown.columns, rows).reply(order)
    }

    private func linkHosts(_ order: Order) async throws -> Reply {
        switch order.command {
        case "links hosts":
            let now = now
            let hosts = try await read(order) { try LinkHosts($0, at: now).all() }
            return Listing(["host"], hosts.map { [$0] }).reply(order)
        case "links allow":
            try await change(order) { tenant, now in
                try LinkHosts(tenant, at: now).allow(order.operands[0])
                return ((), order.operands[0])
            }
            return Reply(exitStatus: 0, output: "Links may lead there now.")
        case "links disallow":
            try await change(order) { tenant, now in
                try LinkHosts(tenant, at: now).disallow(order.operands[0])
                return ((), order.operands[0])
            }
            return Reply(exitStatus: 0, output: "Links lead there no longer.")
        default: throw OrderRefusal.unknownCommand
        }
    }
}

/// A link for a person.
private struct LinkShown: Sendable {
    private let link: LinkRecord
    private let site: String
    private let state: String

    static let columns = ["id", "code", "site", "state", "target", "window_days", "expires_at"]

    init(_ link: LinkRecord, at site: SiteRecord, _ state: LinkState) {
        self.link = link
        self.site = site.settings.name
        self.state = state.rawValue
    }

    var row: [String] {
        [
            link.id.description, link.content.code, site, state, link.content.target,
            link.content.windowDays.map { "\($0)" } ?? "",
            link.content.expiresAt?.description ?? "",
        ]
    }

    var rows: [[String]] {
        let (content, place) = (link.content, link.content.place)
        return zip(Self.columns, row).map { [$0, $1] } + [
            ["platform", place.platform ?? ""], ["channel", place.channel ?? ""],
            ["placement", place.placement ?? ""], ["video_id", place.videoID ?? ""],
        ] + content.template.values.map { [$0.name, $0.value] } + [
            ["leads_to", content.taggedTarget ?? ""],
            ["created_at", link.createdAt.description],
        ]
    }
}

/// Shows links, and looks up what those of one site share once.
private struct LinkShelf {
    private let tenant: TenantTransaction
    private let now: Timestamp
    private var places: [Int64: (site: SiteRecord, rule: LinkHostRule)] = [:]

    init(_ tenant: TenantTransaction, at now: Timestamp) {
        (self.tenant, self.now) = (tenant, now)
    }

    mutating func shown(_ link: LinkRecord) throws -> LinkShown {
        let (site, rule) = try place(link.site)
        return LinkShown(link, at: site, rule.state(of: link, at: now))
    }

    private mutating func place(_ number: Int64) throws -> (SiteRecord, LinkHostRule) {
        if let known = places[number] { return known }
        let site = try SiteTable(tenant, at: now).numbered(number)
        let place = (site, try LinkHosts(tenant, at: now).rule(for: site))
        places[number] = place
        return place
    }
}

import Accounts
import ConveyProtocol
import Daemon
import Ingest
import Pipeline
import Sites
import Store
import Tenancy
import Time

/// Orders about what came and what became of it.
extension Office {
    // MARK: Balance

    func balance(_ order: Order) async throws -> Reply {
        let organization = try await organization(of: order)
        let sheet = try await Balance(store).sheet(organization: organization)
        let text = BalanceText(
            sheet: sheet, collectors: try await store.read { try BalanceText.collectorIDs(in: $0) })
        return Reply(
            exitStatus: sheet.isBalanced ? 0 : 1, output: order.has("json") ? text.json : text.table
        )
    }

    /// The organization that the order names; nil means all.
    private func organization(of order: Order) async throws -> Int64? {
        guard let name = order.values["organization"] else { return nil }
        return try await store.read { try Accounts.named(name, in: $0).number }
    }

    // MARK: Events

    func events(_ order: Order) async throws -> Reply {
        switch order.command {
        case "events list": return try await listEvents(order)
        case "events show":
            guard let id = EventID(order.operands[0]) else { throw OrderRefusal.notFound("event") }
            let found = try await store.read { transaction in
                let organization = try Accounts.named(order.values["organization"], in: transaction)
                let tenant = TenantTransaction(transaction, organization: organization.number)
                let events = StoredEvents(transaction, organization: organization.number)
                return try SiteTable(tenant, at: Timestamp(microseconds: 0)).all().flatMap {
                    try events.named(id, site: $0.number)
                }
            }
            guard !found.isEmpty else { throw OrderRefusal.notFound("event") }
            return Reply(
                exitStatus: 0,
                output: found.map { String(decoding: $0.line, as: UTF8.self) }
                    .joined(separator: "\n"))
        default: throw OrderRefusal.unknownCommand
        }
    }

    private func listEvents(_ order: Order) async throws -> Reply {
        let limit = try Self.limit(order)
        let (type, siteName) = (order.values["type"], order.values["site"])
        let (events, names) = try await store.read { transaction in
            let organization = try Accounts.named(order.values["organization"], in: transaction)
            let tenant = TenantTransaction(transaction, organization: organization.number)
            let sites = SiteTable(tenant, at: Timestamp(microseconds: 0))
            let wanted = try siteName.map { try sites.named($0).number }
            let names = Dictionary(
                uniqueKeysWithValues: try sites.all().map { ($0.number, $0.settings.name) })
            let events = try Self.newest(
                limit, StoredEvents(transaction, organization: organization.number)
            ) { (type == nil || $0.type == type) && (wanted == nil || $0.site == wanted) }
            return (events, names)
        }
        guard !order.has("lines") else {
            return Reply(
                exitStatus: 0,
                output: events.map { String(decoding: $0.line, as: UTF8.self) }
                    .joined(separator: "\n"))
        }
        return Listing(Self.eventColumns, events.map { Self.row($0, names[$0.site] ?? "") })
            .reply(order)
    }

    /// Reads back page by page until enough are found or none are left.
    private static func newest(
        _ limit: Int, _ events: StoredEvents, where isWanted: (StoredEvent) -> Bool
    ) throws -> [StoredEvent] {
        var found: [StoredEvent] = []
        var place: StoredEvent.Place?
        while found.count < limit {
            let page = try events.newest(before: place, limit: 1_000)
            guard let last = page.last else { break }
            place = last.place
            found += page.filter(isWanted).prefix(limit - found.count)
        }
        return found
    }

    private static let eventColumns = [
        "id", "type", "site", "source", "class", "occurred_at", "received_at", "seq",
    ]

    private static func row(_ event: StoredEvent, _ site: String) -> [String] {
        var check = EventCheck()
        let id =
            switch check.read(event.line.span) {
            case .sound(let head): head.id.description
            case .faulty: ""
            }
        return [
            id, event.type, site, event.source.rawValue, event.credential.rawValue,
            event.occurredAt.description, event.receivedAt.description, "\(event.seq)",
        ]
    }

    // MARK: Dead letters

    func deadLetters(_ order: Order) async throws -> Reply {
        switch order.command {
        case "dead-letters list":
            let organization = try await organization(of: order)
            let waiting = try await letters.waiting(
                organization: organization, limit: min(try Self.limit(order), 1_000))
            return Listing(Self.letterColumns, waiting.map(Self.row)).reply(order)
        case "dead-letters show":
            let letter = try await letter(order)
            let line = String(decoding: letter.line, as: UTF8.self)
            let table = Listing(Self.letterColumns, [Self.row(letter)]).reply(order).output
            return Reply(exitStatus: 0, output: "\(table)\n\(line)")
        case "dead-letters correct":
            return try await replay(
                [try await letter(order)], corrected: Array(order.operands[1].utf8))
        case "dead-letters replay":
            guard order.operands[0] == "all" else {
                return try await replay([try await letter(order)], corrected: nil)
            }
            let organization = try await organization(of: order)
            return try await replay(
                try await letters.waiting(organization: organization, limit: 1_000), corrected: nil)
        default: throw OrderRefusal.unknownCommand
        }
    }

    private var letters: DeadLetters { DeadLetters(store, stages: Pipeline::Pipeline.stages) }

    private func letter(_ order: Order) async throws -> DeadLetter {
        let organization = try await organization(of: order)
        guard let number = Int64(order.operands[0]),
            let letter = try await letters.letter(number),
            organization == nil || letter.organization == organization
        else { throw OrderRefusal.notFound("dead letter") }
        return letter
    }

    private func replay(_ batch: [DeadLetter], corrected: [UInt8]?) async throws -> Reply {
        var lines: [String] = []
        var hasFailed = false
        for letter in batch {
            let sites = try await store.read { transaction in
                let tenant = TenantTransaction(transaction, organization: letter.organization)
                return try SiteTable(tenant, at: Timestamp(microseconds: 0)).all()
            }
            let end = try await letters.replay(
                letter.number, corrected: corrected,
                sites: Dictionary(uniqueKeysWithValues: sites.map { ($0.id, $0.number) }), at: now)
            switch end {
            case .settled(let state): lines.append("\(letter.number): \(state.rawValue)")
            case .faulty(let fault):
                hasFailed = true
                lines.append(
                    "\(letter.number): still \(fault.code.rawValue) at \"\(fault.pointer)\"")
            case .notWaiting:
                hasFailed = true
                lines.append("\(letter.number): is settled already")
            }
        }
        bells.pipeline.ring()
        return Reply(exitStatus: hasFailed ? 1 : 0, output: lines.joined(separator: "\n"))
    }

    private static let letterColumns = [
        "number", "state", "code", "pointer", "event", "seq", "stored_at",
    ]

    private static func row(_ letter: DeadLetter) -> [String] {
        [
            "\(letter.number)", letter.state.rawValue, letter.code, letter.pointer,
            letter.eventID ?? "", "\(letter.seq)", letter.storedAt.description,
        ]
    }

    static func limit(_ order: Order) throws(OrderRefusal) -> Int {
        guard let text = order.values["limit"] else { return 100 }
        guard let limit = Int(text), (1...10_000_000).contains(limit) else {
            throw .wrongValue(option: "--limit", takes: "a whole number from 1 to 10000000")
        }
        return limit
    }
}

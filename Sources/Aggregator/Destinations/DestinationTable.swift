import FoundationEssentials
package import Store
package import Tenancy
package import Time

/// Makes, finds and changes the destinations of one organization.
package struct DestinationTable {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes a destination; it starts in `validate` and needs a credential.
    package func add(
        _ name: String, _ address: Destination.Address, _ settings: Destination.Settings
    ) throws -> Destination {
        guard (1...100).contains(name.count), !name.utf8.contains(where: { $0 < 0x20 })
        else { throw DestinationRefusal.wrongName }
        try settings.check()
        let all = try self.all()
        guard !all.contains(where: { $0.name == name }) else { throw DestinationRefusal.nameTaken }
        let isFed = all.contains { other in
            (other.address.kind, other.address.customer, other.address.action)
                == (address.kind, address.customer, address.action)
        }
        guard !isFed else { throw DestinationRefusal.actionTaken }
        try tenant.run(
            Self.insert, .text(name), .text(address.kind.rawValue), .text(address.customer),
            .optional(address.loginCustomer), .text(address.action), .text(try settings.json),
            .timestamp(now))
        return try named(name)
    }

    /// Every destination that was not removed, oldest first.
    package func all() throws -> [Destination] {
        try tenant.all(Self.list, make: DestinationRow.init).compactMap { try $0.destination }
    }

    /// Those that are to get conversions of a site under an assignment.
    package func serving(site: Int64, assignment: String) throws -> [Destination] {
        try all().filter { $0.serves(site: site, assignment: assignment) }
    }

    /// The destination that an operator means, by name or short number.
    package func named(_ text: String) throws -> Destination {
        guard let found = try all().first(where: { $0.name == text || "\($0.number)" == text })
        else { throw DestinationRefusal.unknownDestination }
        return found
    }

    /// A destination by its number; nil once it was removed.
    package func destination(_ number: Int64) throws -> Destination? {
        try tenant.first(Self.byNumber, .integer(number), make: DestinationRow.init)
            .map { try $0.destination }
    }

    /// Changes settings, and looks at everything that is held again.
    package func change(
        _ destination: Destination, _ change: (inout Destination.Settings) throws -> Void
    ) throws {
        var settings = destination.settings
        try change(&settings)
        try settings.check()
        try tenant.run(
            Self.updateSettings, .integer(destination.number), .text(try settings.json))
        try lookAgain(destination.number)
    }

    /// Changes the mode. `live` begins now or later; earlier conversions need `backfill`.
    package func set(
        _ mode: Destination.Mode, of destination: Destination, liveFrom: Timestamp? = nil
    ) throws {
        let from = liveFrom ?? destination.liveFrom ?? now
        if mode == .live {
            guard from >= min(now, destination.liveFrom ?? now)
            else { throw DestinationRefusal.liveFromInPast }
            guard try hasSecret(destination) else { throw DestinationRefusal.noCredential }
        }
        try tenant.run(
            Self.updateMode, .integer(destination.number), .text(mode.rawValue),
            .optional(mode == .live ? from : nil))
        try lookAgain(destination.number)
    }

    /// Sends conversions since an earlier instant, too. To be called with what a preview showed.
    package func backfill(_ destination: Destination, from: Timestamp) throws {
        try tenant.run(
            Self.updateMode, .integer(destination.number), .text(Destination.Mode.live.rawValue),
            .timestamp(min(from, destination.liveFrom ?? now)))
        try lookAgain(destination.number)
    }

    /// Stops sending, for a reason, until a time.
    func hold(
        _ destination: Int64, _ code: UploadCode, detail: String, until: Timestamp
    ) throws(StoreFault) {
        try tenant.run(
            Self.hold, .integer(destination), .text(code.rawValue), .timestamp(now),
            .timestamp(until), .text(String(detail.prefix(100))))
    }

    /// Stops sending for want of a credential, unless somebody has given one since the destination was
    /// read: that ended the hold, and nothing else would end this one before its time.
    func holdForCredential(_ destination: Destination, until: Timestamp) throws(StoreFault) {
        try tenant.run(
            Self.holdForCredential, .integer(destination.number),
            .text(UploadCode.credential.rawValue), .timestamp(now), .timestamp(until),
            .text("MISSING"), .integer(destination.version))
    }

    /// Ends a hold without anybody's doing: the platform took something.
    func release(_ destination: Int64) throws(StoreFault) {
        try tenant.run(Self.release, .integer(destination))
    }

    /// Ends a hold because a person says that its cause is mended.
    package func resume(_ destination: Destination) throws(StoreFault) {
        try tenant.run(Self.resume, .integer(destination.number))
        try lookAgain(destination.number)
    }

    /// Removes a destination: nothing is sent there any more, and what was sent stays on record.
    package func remove(_ destination: Destination) throws(StoreFault) {
        try tenant.run(Self.remove, .integer(destination.number), .timestamp(now))
        try tenant.run(Self.removeSecret, .integer(destination.number))
    }

    /// Everything that is held is judged again at the runner's next turn, and what waits for another
    /// attempt need not.
    private func lookAgain(_ destination: Int64) throws(StoreFault) {
        try tenant.run(Self.lookAgain, .integer(destination), .timestamp(now))
        try tenant.run(Self.sendAgain, .integer(destination), .timestamp(now))
    }

    private func hasSecret(_ destination: Destination) throws(StoreFault) -> Bool {
        try tenant.first(Self.secret, .integer(destination.number), make: { _ in true }) ?? false
    }

    private static let insert = TenantSQL(
        """
        INSERT INTO destination (organization, name, kind, customer, login_customer, action,
            settings, mode, version, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'validate', 1, $8)
        """)
    private static let list = TenantSQL(
        """
        SELECT number, organization, name, kind, customer, login_customer, action, settings, mode,
            live_from_us, hold_code, hold_detail, hold_at_us, hold_until_us,
            version
        FROM destination WHERE organization = $1 AND removed_at_us IS NULL
        ORDER BY number LIMIT 10000
        """)
    private static let byNumber = TenantSQL(
        """
        SELECT number, organization, name, kind, customer, login_customer, action, settings, mode,
            live_from_us, hold_code, hold_detail, hold_at_us, hold_until_us,
            version
        FROM destination WHERE organization = $1 AND number = $2 AND removed_at_us IS NULL
        """)
    private static let updateSettings = TenantSQL(
        """
        UPDATE destination SET settings = $3, version = version + 1
        WHERE organization = $1 AND number = $2
        """)
    private static let updateMode = TenantSQL(
        """
        UPDATE destination SET mode = $3, live_from_us = $4, version = version + 1
        WHERE organization = $1 AND number = $2
        """)
    private static let hold = TenantSQL(
        """
        UPDATE destination SET hold_at_us = CASE WHEN hold_code = $3 THEN hold_at_us ELSE $4 END,
            hold_code = $3, hold_until_us = $5, hold_detail = $6
        WHERE organization = $1 AND number = $2
        """)
    private static let holdForCredential = TenantSQL(
        """
        UPDATE destination SET hold_at_us = CASE WHEN hold_code = $3 THEN hold_at_us ELSE $4 END,
            hold_code = $3, hold_until_us = $5, hold_detail = $6
        WHERE organization = $1 AND number = $2 AND version = $7 AND NOT EXISTS (
            SELECT 1 FROM destination_secret WHERE organization = $1 AND destination = $2)
        """)
    private static let release = TenantSQL(
        """
        UPDATE destination SET hold_code = NULL, hold_detail = NULL, hold_at_us = NULL, hold_until_us = NULL
        WHERE organization = $1 AND number = $2 AND hold_code IS NOT NULL
        """)
    private static let resume = TenantSQL(
        """
        UPDATE destination SET hold_code = NULL, hold_detail = NULL, hold_at_us = NULL, hold_until_us = NULL,
            version = version + 1
        WHERE organization = $1 AND number = $2
        """)
    private static let remove = TenantSQL(
        """
        UPDATE destination SET removed_at_us = $3, version = version + 1
        WHERE organization = $1 AND number = $2
        """)
    private static let removeSecret = TenantSQL(
        "DELETE FROM destination_secret WHERE organization = $1 AND destination = $2")
    private static let lookAgain = TenantSQL(
        """
        UPDATE upload SET look_at_us = $3
        WHERE organization = $1 AND destination = $2 AND state = 'held'
            AND code <> 'earlier_version'
        """)
    private static let sendAgain = TenantSQL(
        """
        UPDATE upload_request SET next_at_us = $3
        WHERE organization = $1 AND destination = $2 AND state = 'sending' AND next_at_us > $3
        """)
    private static let secret = TenantSQL(
        "SELECT 1 FROM destination_secret WHERE organization = $1 AND destination = $2")
}

/// Finds destinations of every organization, for the service that runs them.
package enum Destinations {
    /// Organization and number of every destination there is.
    package static func everywhere(
        in transaction: Transaction
    ) throws(StoreFault) -> [(organization: Int64, destination: Int64)] {
        try transaction.all(all) { ($0.integer(0), $0.integer(1)) }
    }

    private static let all = SQL(
        """
        SELECT organization, number FROM destination WHERE removed_at_us IS NULL
        ORDER BY number LIMIT 100000
        """)
}

/// A row of table `destination`, not yet understood.
private struct DestinationRow {
    let number: Int64
    let organization: Int64
    let name: String
    let address: (kind: String, customer: String, login: String?, action: String)
    let settings: String
    let mode: String
    let liveFrom: Timestamp?
    let hold: Destination.Hold?
    let version: Int64

    init(_ row: Row) {
        (number, organization, name) = (row.integer(0), row.integer(1), row.text(2))
        address = (row.text(3), row.text(4), row.optionalText(5), row.text(6))
        (settings, mode, liveFrom) = (row.text(7), row.text(8), row.optionalTimestamp(9))
        hold = row.optionalText(10).map {
            Destination.Hold(
                code: $0, detail: row.optionalText(11), at: row.timestamp(12),
                until: row.timestamp(13))
        }
        version = row.integer(14)
    }

    var destination: Destination {
        get throws {
            guard let kind = Destination.Kind(rawValue: address.kind),
                let mode = Destination.Mode(rawValue: mode)
            else { throw StoreFault("read a destination", kind: .corrupt) }
            return Destination(
                number: number, organization: organization, name: name,
                address: try Destination.Address(
                    kind, customer: address.customer, loginCustomer: address.login,
                    action: address.action),
                settings: try Destination.Settings(json: settings), mode: mode,
                liveFrom: liveFrom, hold: hold, version: version)
        }
    }
}

extension Destination.Settings {
    /// The text that the table holds.
    var json: String { get throws { try JSONText.encode(self) } }

    /// Reads the text that the table holds.
    init(json text: String) throws { self = try JSONText.decode(Destination.Settings.self, text) }
}

/// JSON texts as this room's tables hold them: members sorted, so that equal values are equal texts.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

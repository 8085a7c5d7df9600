package import Store
package import Tenancy
package import Time

/// A destination as people and programs see it; encodes to snake_case JSON without its credential.
package struct DestinationRecord: Codable, Equatable, Sendable {
    /// Its short number.
    package let number: Int64
    /// What the operator calls it.
    package let name: String
    /// Account and action.
    package let address: Destination.Address
    /// Whether anything leaves.
    package let mode: Destination.Mode
    /// Conversions from this instant on are sent.
    package let liveFrom: Timestamp?
    /// What may be changed.
    package let settings: Destination.Settings
    /// Whether a credential was set.
    package let hasCredential: Bool
    /// Why nothing is sent; nil when nothing keeps it.
    package let hold: Hold?
    /// Uploads and money, by what they wait for or how they ended.
    package let uploads: [WaitingMoney]

    /// Why nothing is sent, in words.
    package struct Hold: Codable, Equatable, Sendable {
        /// `credential` or `configuration`.
        package let code: String
        /// The platform's own code.
        package let detail: String?
        /// What is wrong.
        package let words: String?
        /// What to do.
        package let remedy: String?
        /// Since when.
        package let since: Timestamp
        /// When it is tried again by itself.
        package let until: Timestamp
    }

    private enum CodingKeys: String, CodingKey {
        case number, name, address, mode
        case liveFrom = "live_from"
        case settings
        case hasCredential = "has_credential"
        case hold, uploads
    }
}

/// What a back-fill would send, for the operator to look at before it is confirmed.
package struct BackfillPreview: Codable, Equatable, Sendable {
    /// From which instant.
    package let from: Timestamp
    /// How many uploads, and their money by currency.
    package let uploads: [WaitingMoney]
}

/// Shows one organization's destinations.
package struct DestinationRecords {
    private let tenant: TenantTransaction
    private let verdicts: VerdictTable

    /// Reads in one organization's transaction.
    package init(_ tenant: TenantTransaction, _ verdicts: VerdictTable) {
        self.tenant = tenant
        self.verdicts = verdicts
    }

    /// Every destination, oldest first.
    package func all() throws -> [DestinationRecord] {
        try DestinationTable(tenant, at: .earliest).all().map(record)
    }

    /// One destination.
    package func record(_ destination: Destination) throws -> DestinationRecord {
        let hasCredential = try tenant.first(
            Self.secret, .integer(destination.number), make: { _ in true })
        return DestinationRecord(
            number: destination.number, name: destination.name, address: destination.address,
            mode: destination.mode, liveFrom: destination.liveFrom,
            settings: destination.settings, hasCredential: hasCredential ?? false,
            hold: destination.hold.map(hold),
            uploads: try UploadRecords(tenant, verdicts).waiting(at: destination.number))
    }

    /// What `DestinationTable.backfill` would let go from an instant on. Each is judged once more
    /// before it leaves: what is too old by then ends as expired.
    package func preview(
        _ destination: Destination, from: Timestamp
    ) throws(StoreFault) -> BackfillPreview {
        let money = try tenant.all(
            Self.preview, .integer(destination.number), .timestamp(from)
        ) { row in
            WaitingMoney(
                destination: destination.number, waitsFor: "mode", currency: row.text(0),
                uploads: row.integer(1), valueMicros: row.integer(2))
        }
        return BackfillPreview(from: from, uploads: money)
    }

    private func hold(_ hold: Destination.Hold) -> DestinationRecord.Hold {
        let words = CodeWords(hold.code, hold.detail, verdicts)
        return DestinationRecord.Hold(
            code: hold.code, detail: hold.detail, words: words.words, remedy: words.remedy,
            since: hold.at, until: hold.until)
    }

    private static let secret = TenantSQL(
        "SELECT 1 FROM destination_secret WHERE organization = $1 AND destination = $2")
    /// Sums stop at 9 * 10^18 and a little: prices are anybody's to claim.
    private static let preview = TenantSQL(
        """
        SELECT currency, count(*),
            CAST(CASE WHEN sum(value_micros / 1000000) < 9000000000000
                THEN sum(value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(value_micros % 1000000) AS BIGINT)
        FROM upload
        WHERE organization = $1 AND destination = $2 AND state = 'held'
            AND code IN ('before_live', 'mode_observe', 'mode_validate')
            AND occurred_at_us >= $3
        GROUP BY currency ORDER BY currency LIMIT 1000
        """)
}

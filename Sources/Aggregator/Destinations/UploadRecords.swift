import ConveyProtocol
package import Store
package import Tenancy
import Time

/// Shows one organization's uploads.
package struct UploadRecords {
    private let tenant: TenantTransaction
    private let verdicts: VerdictTable

    /// Reads in one organization's transaction; words come from the table of verdicts.
    package init(_ tenant: TenantTransaction, _ verdicts: VerdictTable) {
        self.tenant = tenant
        self.verdicts = verdicts
    }

    /// Uploads that a filter means, the newest first.
    package func list(_ filter: UploadFilter) throws -> [UploadRecord] {
        try tenant.all(
            Self.select, .integer(filter.destination ?? 0),
            .text(filter.state?.rawValue ?? ""),
            .text(filter.code ?? ""), .integer(filter.before),
            .integer(Int64(min(max(filter.limit, 1), 1000))), make: RecordRow.init
        ).map { try $0.record(verdicts) }
    }

    /// Every upload of a conversion with its exchanges, newest first.
    package func ofConversion(_ conversion: Int64) throws -> [UploadRecord] {
        try tenant.all(Self.byConversion, .integer(conversion), make: RecordRow.init)
            .map { try withAttempts($0.record(verdicts)) }
    }

    /// One upload with its exchanges, by its number.
    package func named(_ number: Int64) throws -> UploadRecord {
        guard let row = try tenant.first(Self.byNumber, .integer(number), make: RecordRow.init)
        else { throw DestinationRefusal.unknownUpload }
        return try withAttempts(row.record(verdicts))
    }

    private func withAttempts(_ record: UploadRecord) throws(StoreFault) -> UploadRecord {
        var record = record
        record.attempts = try tenant.all(Self.attempts, .integer(record.number)) { row in
            var attempt = UploadAttempt(
                UploadAttempt.Kind(rawValue: row.text(0)) ?? .ingest, at: row.timestamp(1),
                latencyMicroseconds: row.integer(2), outcome: row.text(3))
            attempt.httpStatus = row.optionalInteger(4).map { Int($0) }
            (attempt.code, attempt.platformID) = (row.optionalText(5), row.optionalText(6))
            return attempt
        }
        return record
    }

    /// How many uploads are in each state, and their money by currency; reads every upload.
    package func totals() throws(StoreFault) -> [UploadTotal] {
        try tenant.all(Self.totals) { row in
            UploadTotal(
                state: UploadState(rawValue: row.text(0)) ?? .unknown, currency: row.text(1),
                uploads: row.integer(2), valueMicros: row.integer(3))
        }
    }

    /// Uploads of a destination and their money, by what they wait for or how they ended.
    package func waiting(at destination: Int64) throws(StoreFault) -> [WaitingMoney] {
        let verdicts = verdicts
        return try tenant.all(Self.waiting, .integer(destination)) { row in
            WaitingMoney(
                destination: destination,
                waitsFor: WaitingUploads.waitsFor(
                    row.text(0), row.optionalText(1), isHeld: row.flag(5), verdicts),
                currency: row.text(2), uploads: row.integer(3), valueMicros: row.integer(4))
        }
    }

    private static let select = TenantSQL(
        """
        SELECT u.number, d.name, u.version, u.state, u.code, u.detail, u.until_us, u.value_micros,
            u.currency, u.occurred_at_us, u.changed_at_us, u.wish, u.content, d.hold_code,
            d.hold_detail, d.hold_until_us, u.conversion
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.organization = $1 AND ($2 = 0 OR u.destination = $2)
            AND ($3 = '' OR u.state = $3) AND ($4 = '' OR u.code = $4) AND u.number < $5
        ORDER BY u.number DESC LIMIT $6
        """)
    private static let byConversion = TenantSQL(
        """
        SELECT u.number, d.name, u.version, u.state, u.code, u.detail, u.until_us, u.value_micros,
            u.currency, u.occurred_at_us, u.changed_at_us, u.wish, u.content, d.hold_code,
            d.hold_detail, d.hold_until_us, u.conversion
        FROM destination d JOIN upload u ON u.organization = d.organization
            AND u.destination = d.number AND u.conversion = $2
        WHERE d.organization = $1 ORDER BY u.number DESC LIMIT 1000
        """)
    private static let byNumber = TenantSQL(
        """
        SELECT u.number, d.name, u.version, u.state, u.code, u.detail, u.until_us, u.value_micros,
            u.currency, u.occurred_at_us, u.changed_at_us, u.wish, u.content, d.hold_code,
            d.hold_detail, d.hold_until_us, u.conversion
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.organization = $1 AND u.number = $2
        """)
    /// Sums stop at 9 * 10^18 and a little: prices are anybody's to claim.
    private static let totals = TenantSQL(
        """
        SELECT state, currency, count(*),
            CAST(CASE WHEN sum(value_micros / 1000000) < 9000000000000
                THEN sum(value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(value_micros % 1000000) AS BIGINT)
        FROM upload
        WHERE organization = $1 GROUP BY state, currency ORDER BY state, currency LIMIT 1000
        """)
    private static let attempts = TenantSQL(
        """
        SELECT a.kind, a.at_us, a.latency_us, a.outcome, a.http_status, a.code, a.platform_id
        FROM upload_member m JOIN upload_attempt a
            ON a.organization = m.organization AND a.request = m.request
        WHERE m.organization = $1 AND m.upload = $2 ORDER BY a.number LIMIT 200
        """)
    private static let waiting = TenantSQL(
        """
        SELECT u.state, u.code, u.currency, count(*),
            CAST(CASE WHEN sum(u.value_micros / 1000000) < 9000000000000
                THEN sum(u.value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(u.value_micros % 1000000) AS BIGINT),
            max(CASE WHEN d.hold_code IS NULL THEN 0 ELSE 1 END)
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.organization = $1 AND u.destination = $2
        GROUP BY u.state, u.code, u.currency ORDER BY u.state, u.code, u.currency LIMIT 10000
        """)
}

/// A row of tables `upload` and `destination`, for people.
private struct RecordRow {
    let number: Int64
    let conversion: Int64
    let destination: String
    let version: Int
    let state: UploadState
    let codes: (own: String?, platform: String?)
    let until: Timestamp?
    let value: (micros: Int64, currency: String)
    let times: (occurred: Timestamp, changed: Timestamp)
    let wish: String
    let content: String?
    let hold: (code: String?, detail: String?, until: Timestamp?)

    init(_ row: Row) {
        (number, destination, version) = (row.integer(0), row.text(1), Int(row.integer(2)))
        state = UploadState(rawValue: row.text(3)) ?? .unknown
        codes = (row.optionalText(4), row.optionalText(5))
        until = row.optionalTimestamp(6)
        value = (row.integer(7), row.text(8))
        times = (row.timestamp(9), row.timestamp(10))
        (wish, content) = (row.text(11), row.optionalText(12))
        hold = (row.optionalText(13), row.optionalText(14), row.optionalTimestamp(15))
        conversion = row.integer(16)
    }

    func record(_ verdicts: VerdictTable) throws -> UploadRecord {
        let subject = try JSONText.decode(UploadWish.self, wish).subject
        let isHeld = state == .due && hold.code != nil
        let code = isHeld ? hold.code : codes.own
        let words = CodeWords(code, isHeld ? hold.detail : codes.platform, verdicts)
        let amount = Currency(value.currency).map {
            Money(micros: value.micros, currency: $0).amount
        }
        let content = try content.map { try JSONText.decode(UploadContent.self, $0) }
        return UploadRecord(
            number: number, destination: destination, conversion: conversion,
            conversionID: subject.conversionID, version: version, orderID: subject.orderID,
            site: subject.siteID.description, state: isHeld ? .held : state, code: code,
            words: words.words, remedy: words.remedy, until: isHeld ? hold.until : until,
            value: amount ?? "", valueMicros: value.micros, currency: value.currency,
            occurredAt: times.occurred, changedAt: times.changed,
            transactionID: content?.transactionID,
            click: content?.click.map { "\($0.kind):\($0.value)" },
            clickedAt: content?.click?.at, consent: content?.adUserData,
            hasPersonalData: content.map { !$0.user.isEmpty } ?? false)
    }
}

/// What our codes and the platform's mean, and what can be done.
struct CodeWords {
    var words: String?
    var remedy: String?

    init(_ code: String?, _ detail: String?, _ verdicts: VerdictTable) {
        let own = code.flatMap(UploadCode.init(rawValue:))
        let foreign = (own == nil ? code : nil) ?? detail
        let verdict = foreign.map(verdicts.verdict(of:))
        words = [own?.sentence, verdict.map { "\($0.words) (\($0.code))" }]
            .compactMap(\.self).joined(separator: " ")
        let fix = verdict.map(\.fix) ?? ""
        remedy = fix.isEmpty ? own?.remedy : fix
        if words?.isEmpty == true { words = nil }
    }
}

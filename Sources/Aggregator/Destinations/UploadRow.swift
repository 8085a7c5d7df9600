import ConveyProtocol
import Store
import Tenancy
import Time

/// A row of table `upload`, as far as deciding needs it.
struct UploadRow: Sendable {
    let number: Int64
    let conversion: Int64
    let version: Int
    let state: UploadState
    let code: String?
    let stopCode: String?
    let request: Int64?
    let tries: Int
    let wishText: String
    let contentText: String?

    /// Reads the columns of `UploadTable`'s selections, in their order.
    init(_ row: Row) {
        (number, conversion, version) = (row.integer(0), row.integer(1), Int(row.integer(2)))
        state = UploadState(rawValue: row.text(3)) ?? .unknown
        (code, stopCode) = (row.optionalText(4), row.optionalText(5))
        (request, tries) = (row.optionalInteger(6), Int(row.integer(7)))
        (wishText, contentText) = (row.text(8), row.optionalText(9))
    }

    var wish: UploadWish { get throws { try JSONText.decode(UploadWish.self, wishText) } }

    var content: UploadContent? {
        get throws { try contentText.map { try JSONText.decode(UploadContent.self, $0) } }
    }

    /// Whether it was never part of a request: nobody but us has judged it.
    var isUntouched: Bool { tries == 0 }
}

/// All versions of one conversion for one destination, oldest first.
struct UploadThread: Sendable {
    let rows: [UploadRow]
    let transactionID: String?

    /// What the platform may know, apart from one version.
    func past(besides version: Int) throws -> PreFlight.Past {
        var past = PreFlight.Past()
        past.transactionID = transactionID
        for row in rows where row.version != version {
            switch row.state {
            case .confirmed: (past.confirmed, past.unknown) = (try row.content, nil)
            case .unknown: past.unknown = try row.content
            case .sending, .accepted: past.isInFlight = true
            case .held, .due, .rejected, .cancelled: break
            }
        }
        return past
    }
}

/// Reads and writes single uploads of one destination.
struct UploadTable {
    let tenant: TenantTransaction
    let destination: Destination
    let now: Timestamp

    // MARK: Reading

    /// To be called in a writing transaction.
    func thread(ofConversion conversion: Int64) throws -> UploadThread {
        let rows = try tenant.all(
            Self.ofConversion, .integer(destination.number), .integer(conversion),
            make: UploadRow.init)
        let isNew = rows.allSatisfy(\.isUntouched)
        return UploadThread(
            rows: rows, transactionID: isNew ? nil : try transactionID(ofConversion: conversion))
    }

    private func transactionID(ofConversion conversion: Int64) throws(StoreFault) -> String? {
        try tenant.first(
            Self.transactionID, .integer(conversion), .integer(destination.number),
            make: { $0.text(0) })
    }

    // MARK: Writing

    /// Writes a new version with what was decided of it.
    func insert(
        _ wish: UploadWish, _ judgement: PreFlight.Judgement
    ) throws {
        let shown = judgement.fate.isShown ? judgement.content : nil
        try tenant.run(
            Self.insert, .integer(destination.number), .integer(wish.subject.conversion),
            .integer(Int64(wish.subject.version)), .text(judgement.fate.state.rawValue),
            .optional(judgement.fate.code), .integer(wish.subject.isPurchase ? 0 : 1),
            .timestamp(wish.occurredAt),
            .integer(judgement.content?.valueMicros ?? wish.valueMicros),
            .text(wish.currency.description), .text(try JSONText.encode(wish)),
            .optional(try shown.map(JSONText.encode)), .optional(judgement.lookAt),
            .optional(judgement.fate.until), .timestamp(now))
    }

    /// Writes a newer wish for a version of which nothing has left, with what was decided of it.
    func replace(
        _ number: Int64, _ wish: UploadWish, _ judgement: PreFlight.Judgement
    ) throws {
        try tenant.run(
            Self.rewish, .integer(number), .text(try JSONText.encode(wish)),
            .timestamp(wish.occurredAt), .text(wish.currency.description))
        try set(number, judgement)
    }

    /// Writes what was decided of an upload that is not on its way.
    func set(_ number: Int64, _ judgement: PreFlight.Judgement) throws {
        let shown = judgement.fate.isShown ? judgement.content : nil
        try tenant.run(
            Self.judge, .integer(number), .text(judgement.fate.state.rawValue),
            .optional(judgement.fate.code), .optional(judgement.lookAt),
            .optional(judgement.fate.until), .optional(try shown.map(JSONText.encode)),
            .optional(judgement.content?.valueMicros), .timestamp(now))
    }

    /// Writes what became of an upload; a held one is looked at again when its time comes, at the
    /// latest 90 days less an hour after the order, when it expires.
    func set(_ number: Int64, _ fate: UploadFate, detail: String? = nil) throws(StoreFault) {
        try tenant.run(
            Self.end, .integer(number), .text(fate.state.rawValue),
            .optional(fate.code.map { String($0.prefix(100)) }),
            .optional(detail.map { String($0.prefix(100)) }), .optional(fate.until),
            .timestamp(now))
    }

    /// Asks that an upload on its way not be repeated, should its answer be lost; nil takes it back.
    func stop(_ number: Int64, _ code: UploadCode?) throws(StoreFault) {
        try tenant.run(Self.stop, .integer(number), .optional(code?.rawValue))
    }

    /// Judges a version anew, with all that is known of the others.
    func judgeAgain(_ row: UploadRow, in thread: UploadThread) throws {
        let past = try thread.past(besides: row.version)
        try set(row.number, PreFlight(destination, at: now).judge(try row.wish, past))
    }

    /// On PostgreSQL an order is judged in one process while another sends: whoever decides by the
    /// versions of a conversion holds them.
    private static let ofConversion = TenantSQL(
        sqlite: """
            SELECT number, conversion, version, state, code, stop_code, request, tries, wish,
                content
            FROM upload WHERE organization = $1 AND destination = $2 AND conversion = $3
            ORDER BY version LIMIT 10000
            """,
        postgres: """
            SELECT number, conversion, version, state, code, stop_code, request, tries, wish,
                content
            FROM upload WHERE organization = $1 AND destination = $2 AND conversion = $3
            ORDER BY version LIMIT 10000 FOR UPDATE
            """)
    private static let transactionID = TenantSQL(
        """
        SELECT transaction_id FROM upload_transaction
        WHERE organization = $1 AND conversion = $2 AND destination = $3
        """)
    private static let insert = TenantSQL(
        """
        INSERT INTO upload (organization, destination, conversion, version, state, code, rank, tries,
            occurred_at_us, value_micros, currency, wish, content, look_at_us, until_us,
            created_at_us, changed_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $15)
        """)
    private static let rewish = TenantSQL(
        """
        UPDATE upload SET wish = $3, occurred_at_us = $4, currency = $5
        WHERE organization = $1 AND number = $2
        """)
    private static let judge = TenantSQL(
        """
        UPDATE upload SET state = $3, code = $4, look_at_us = $5, until_us = $6, content = $7,
            value_micros = coalesce($8, value_micros), changed_at_us = $9
        WHERE organization = $1 AND number = $2
        """)
    private static let end = TenantSQL(
        """
        UPDATE upload SET state = $3, code = $4, detail = $5, until_us = $6, changed_at_us = $7,
            look_at_us = CASE WHEN $3 = 'held'
                THEN coalesce($6, occurred_at_us + 7772400000000) END
        WHERE organization = $1 AND number = $2
        """)
    private static let stop = TenantSQL(
        "UPDATE upload SET stop_code = $3 WHERE organization = $1 AND number = $2")
}

extension UploadFate {
    /// Whether what would leave is kept for people to see: where only a decision of theirs is awaited.
    var isShown: Bool {
        switch self {
        case .held(let code, _):
            [UploadCode.modeObserve, .modeValidate, .beforeLive].map(\.rawValue).contains(code)
        case .due, .confirmed, .rejected, .unknown, .cancelled: false
        }
    }
}

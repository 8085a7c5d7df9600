import ConveyProtocol
import Store
package import Tenancy
package import Time
import Timeline

/// What became of one conversion when its order was judged anew.
package struct ConversionChange: Sendable, Equatable {
    /// What became of it.
    package enum Kind: Sendable, Equatable {
        case made, changed, unchanged
        /// No fact supports it any more, or it became part of another: nothing of it is to be sent,
        /// and what was sent is to be taken back.
        case retired
    }

    /// What became of it.
    package let kind: Kind
    /// The conversion as it stands now.
    package let conversion: ConversionRecord
}

/// Keeps what orders became. Tables `conversion`, `conversion_version`, `conversion_alias`:
/// Conversions. Called by the pipeline, in the transaction that holds everything else that follows.
package struct ConversionTable {
    let tenant: TenantTransaction
    let now: Timestamp
    /// Characters of a cause that are kept.
    private static let causeMax = 200

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes the conversions of some orders be what the drafts say. Whatever happened before and in
    /// whichever order: afterwards ids, statuses and values of these orders are the drafts'.
    /// - Parameter drafts: of all orders of the scope; none for those that make none.
    /// - Parameter cause: in a few words; each new version keeps it, and what differs.
    /// - Parameter wasSent: whether anything of a conversion ever left for a destination; asked only
    ///   where two rows turn out to be one order's.
    /// - Returns: one change for each draft, then one for each row that was retired; none for a
    ///   draft made of claims alone whose order has a better conversion already.
    package func apply(
        _ drafts: [ConversionDraft], to scope: OrderScope, cause: String,
        wasSent: (Int64) throws -> Bool
    ) throws -> [ConversionChange] {
        let (known, foreign) = try records(in: scope)
        let byNumber = Dictionary(uniqueKeysWithValues: known.map { ($0.number, $0) })
        let own = drafts.filter { draft in
            !foreign.contains {
                $0.identity == draft.identity && $0.rule.assignment == draft.rule.assignment
            }
        }
        let decided = try plan(known, own, wasSent)
        let cause = String((cause.isEmpty ? "unknown" : cause).prefix(Self.causeMax))
        // Names are given up before they are taken.
        var retired: [ConversionChange] = []
        for (row, heir) in decided.retired {
            guard let record = byNumber[row.number] else { continue }
            retired.append(try retire(record, isMerged: heir != nil, cause: cause))
        }
        var placed: [ConversionChange] = []
        for place in decided.places {
            let record = place.row.flatMap { byNumber[$0.number] }
            placed.append(
                try record.map { try update($0, place.draft, cause: cause) }
                    ?? insert(place.draft, cause: cause))
        }
        for (row, heir) in decided.retired {
            let owner = placed.first { $0.conversion.id == heir?.id }
            guard let record = byNumber[row.number], let owner else { continue }
            try alias(record.id, to: owner.conversion)
        }
        return placed + retired
    }

    /// The rows that may be touched, and those in force that may not.
    private func records(
        in scope: OrderScope
    ) throws -> (own: [ConversionRecord], foreign: [ConversionRecord]) {
        var (own, foreign): ([ConversionRecord], [ConversionRecord]) = ([], [])
        for identity in scope.identities.sorted() {
            for record in try records(of: identity, site: scope.site) {
                if scope.vouched.contains(identity) || record.isClaim {
                    own.append(record)
                } else if record.retiredAt == nil {
                    foreign.append(record)
                }
            }
        }
        return (own, foreign)
    }

    private func plan(
        _ known: [ConversionRecord], _ drafts: [ConversionDraft],
        _ wasSent: (Int64) throws -> Bool
    ) throws -> ConversionPlan {
        var rows = known.map { record in
            ConversionPlan.Row(
                number: record.number, assignment: record.rule.assignment,
                identity: record.identity, isRetired: record.retiredAt != nil)
        }
        let isAmbiguous = drafts.contains { draft in
            ConversionPlan.candidates(of: draft, rows, drafts).count > 1
        }
        if isAmbiguous {
            for index in rows.indices { rows[index].wasSent = try wasSent(rows[index].number) }
        }
        return ConversionPlan(rows, drafts)
    }

    // MARK: Rows

    private func insert(_ draft: ConversionDraft, cause: String) throws -> ConversionChange {
        let number = try tenant.first(
            Self.insert, .integer(draft.site), .bytes(draft.id.bytes),
            .text(draft.rule.assignment), .text(draft.identity.description),
            .text(draft.rule.definition), .integer(Int64(draft.rule.definitionVersion)),
            .text(draft.status.rawValue), .optional(draft.reason), .integer(draft.value.micros),
            .text(draft.value.currency.description), .text(draft.consent.stored),
            .timestamp(draft.occurredAt), .timestamp(now), .optional(draft.person?.bytes),
            .flag(draft.isClaim)
        ) { $0.integer(0) }
        guard let number else { throw StoreFault("make a conversion", kind: .statement) }
        try tenant.run(Self.forgetAlias, .bytes(draft.id.bytes))
        try keepVersion(number, 1, draft.credits, cause: cause)
        return ConversionChange(kind: .made, conversion: try record(number))
    }

    private func update(
        _ record: ConversionRecord, _ draft: ConversionDraft, cause: String
    ) throws -> ConversionChange {
        guard !record.isAsWanted(draft) else {
            guard record.person != draft.person || record.isClaim != draft.isClaim else {
                return ConversionChange(kind: .unchanged, conversion: record)
            }
            try tenant.run(
                Self.updatePerson, .integer(record.number), .optional(draft.person?.bytes),
                .flag(draft.isClaim))
            return ConversionChange(kind: .unchanged, conversion: try self.record(record.number))
        }
        // What happens later may still be waited for, though something earlier was certain.
        let settledAt = draft.occurredAt > record.occurredAt ? nil : record.settledAt
        try tenant.run(
            Self.update, .integer(record.number), .bytes(draft.id.bytes),
            .text(draft.identity.description), .text(draft.rule.definition),
            .integer(Int64(draft.rule.definitionVersion)), .text(draft.status.rawValue),
            .optional(draft.reason), .integer(draft.value.micros),
            .text(draft.value.currency.description), .text(draft.consent.stored),
            .timestamp(draft.occurredAt), .optional(settledAt), .timestamp(now),
            .optional(draft.person?.bytes), .flag(draft.isClaim))
        try tenant.run(Self.forgetAlias, .bytes(draft.id.bytes))
        try keepVersion(
            record.number, record.version + 1, draft.credits,
            cause: String("\(cause): \(record.difference(to: draft))".prefix(Self.causeMax)))
        let changed = try self.record(record.number)
        if record.id != changed.id { try alias(record.id, to: changed) }
        return ConversionChange(kind: .changed, conversion: changed)
    }

    private func retire(
        _ record: ConversionRecord, isMerged: Bool, cause: String
    ) throws -> ConversionChange {
        try tenant.run(
            Self.retire, .integer(record.number), .text(isMerged ? "merged" : "unfounded"),
            .timestamp(now))
        try keepVersion(record.number, record.version + 1, "{}", cause: cause)
        return ConversionChange(kind: .retired, conversion: try self.record(record.number))
    }

    /// A row's columns are copied, so that a version is what the row was.
    private func keepVersion(
        _ number: Int64, _ version: Int, _ credits: String, cause: String
    ) throws(StoreFault) {
        try tenant.run(
            Self.insertVersion, .integer(number), .integer(Int64(version)), .timestamp(now),
            .text(cause), .text(credits))
    }

    private func alias(_ id: DerivedID, to owner: ConversionRecord) throws(StoreFault) {
        guard id != owner.id else { return }
        try tenant.run(Self.insertAlias, .bytes(id.bytes), .integer(owner.number))
    }

    private func record(_ number: Int64) throws -> ConversionRecord {
        guard let record = try conversion(number) else {
            throw StoreFault("read a conversion", kind: .corrupt)
        }
        return record
    }

    private static let insert = TenantSQL(
        """
        INSERT INTO conversion (organization, site, id, assignment, identity, definition,
            definition_version, status, reason, value_micros, currency, consent, occurred_at_us,
            arrived_at_us, version, changed_at_us, person, is_claim)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $14, $15, $16)
        RETURNING number
        """)
    private static let updatePerson = TenantSQL(
        """
        UPDATE conversion SET person = $3, is_claim = $4
        WHERE organization = $1 AND number = $2
        """)
    private static let update = TenantSQL(
        """
        UPDATE conversion SET id = $3, identity = $4, definition = $5, definition_version = $6,
            status = $7, reason = $8, value_micros = $9, currency = $10, consent = $11,
            occurred_at_us = $12, settled_at_us = $13, retired_at_us = NULL,
            version = version + 1, changed_at_us = $14, person = $15,
            is_claim = $16
        WHERE organization = $1 AND number = $2
        """)
    private static let retire = TenantSQL(
        """
        UPDATE conversion SET status = 'withdrawn', reason = $3, value_micros = 0,
            retired_at_us = $4, version = version + 1, changed_at_us = $4
        WHERE organization = $1 AND number = $2
        """)
    private static let insertVersion = TenantSQL(
        """
        INSERT INTO conversion_version (organization, conversion, version, at_us, cause, status,
            reason, value_micros, currency, consent, occurred_at_us, identity,
            definition_version, credits)
        SELECT organization, number, $3, $4, $5, status, reason, value_micros, currency, consent,
            occurred_at_us, identity, definition_version, $6
        FROM conversion WHERE organization = $1 AND number = $2
        """)
    private static let forgetAlias = TenantSQL(
        "DELETE FROM conversion_alias WHERE organization = $1 AND id = $2")
    private static let insertAlias = TenantSQL(
        """
        INSERT INTO conversion_alias (organization, id, conversion) VALUES ($1, $2, $3)
        ON CONFLICT (organization, id) DO UPDATE SET conversion = excluded.conversion
        """)
}

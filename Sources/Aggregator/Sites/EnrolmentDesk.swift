package import ConveyProtocol
package import Crypto
package import Store
package import Tenancy
package import Time

/// Gives out one-time tokens, and takes them in for a collector's keys.
/// - Source: protocol/SPEC.md, section 9.
package struct EnrolmentDesk: Sendable {
    private let sealing: SealingKey
    private let aggregator: VerifyingKey

    /// Seals tokens at rest, and names the aggregator's key in them.
    package init(sealing: SealingKey, aggregator: VerifyingKey) {
        self.sealing = sealing
        self.aggregator = aggregator
    }

    /// Makes a token for a collector, new or known; good for 15 minutes.
    package func token(
        for collector: CollectorRecord, at now: Timestamp, random: some RandomSource,
        in tenant: TenantTransaction
    ) throws(StoreFault) -> EnrolmentToken {
        let token = EnrolmentToken(aggregator: aggregator, random: random)
        let id = token.verifier.tokenID
        let sealed = sealing.seal(
            token.verifier.key.bytes, associatedData: Self.associatedData(id), random: random)
        try tenant.run(
            Self.insert, .integer(collector.number), .bytes(id.bytes), .bytes(sealed),
            .timestamp(now + EnrolmentToken.lifetime))
        return token
    }

    /// Who enrolled.
    package struct Enrolled: Equatable, Sendable {
        /// The short number of its organization.
        package let organization: Int64
        /// The collector's public id.
        package let collector: CollectorID
        /// Version of the settings to fetch.
        package let settings: Int64
        /// False when the same exchange had been made before.
        package let isNew: Bool
    }

    /// Puts the request's keys in force for the token's collector; its earlier key ends.
    /// - Throws: `ProtocolProblem.tokenInvalid` whatever is wrong with the token.
    package func enrol(
        _ request: EnrolmentRequest, at now: Timestamp, in transaction: Transaction
    ) throws -> Enrolled {
        // A token is good once, and its collector's keys change one at a time: what is read of both
        // afterwards is what whoever held the name before has left.
        if let known = try find(request.tokenID, transaction) {
            try TenantTransaction(transaction, organization: known.organization)
                .holdKeys(ofCollector: known.collector)
        }
        guard let token = try find(request.tokenID, transaction),
            let verifier = verifier(of: token, request.tokenID), request.isProved(by: verifier)
        else { throw ProtocolProblem.tokenInvalid }
        let tenant = TenantTransaction(transaction, organization: token.organization)
        let fingerprint = SHA256Digest(of: request.signingKey.rawBytes)
        if let usedBy = token.usedBy {
            guard usedBy == fingerprint.bytes, try isInForce(fingerprint, tenant) else {
                throw ProtocolProblem.tokenInvalid
            }
            return try enrolled(token, tenant, isNew: false)
        }
        guard now <= token.expiresAt, try isFree(fingerprint, token, transaction) else {
            throw ProtocolProblem.tokenInvalid
        }
        try putInForce(request, fingerprint, token, tenant, at: now)
        try tenant.run(
            Self.use, .bytes(request.tokenID.bytes), .bytes(fingerprint.bytes))
        try SettingsVersion(tenant, at: now).advance(ofCollector: token.collector)
        return try enrolled(token, tenant, isNew: true)
    }

    private func find(
        _ id: SHA256Digest, _ transaction: Transaction
    ) throws(StoreFault) -> TokenRow? {
        try transaction.first(Self.find, .bytes(id.bytes), make: TokenRow.init)
    }

    private func verifier(
        of token: TokenRow, _ id: SHA256Digest
    ) -> EnrolmentToken.Verifier? {
        do throws(SealRefusal) {
            let key = try sealing.open(token.sealed, associatedData: Self.associatedData(id))
            return SHA256Digest(bytes: key).map(EnrolmentToken.Verifier.init)
        } catch {
            return nil
        }
    }

    private func putInForce(
        _ request: EnrolmentRequest, _ fingerprint: SHA256Digest, _ token: TokenRow,
        _ tenant: TenantTransaction, at now: Timestamp
    ) throws {
        try tenant.run(Self.endKeys, .integer(token.collector), .timestamp(now))
        let isKept = try tenant.run(
            Self.insertKey, .integer(token.collector), .bytes(fingerprint.bytes),
            .bytes(request.signingKey.rawBytes), .bytes(request.boxKey.rawBytes),
            .timestamp(now))
        // Another collector got the same key in the same moment.
        guard isKept == 1 else { throw ProtocolProblem.tokenInvalid }
    }

    private func isInForce(
        _ fingerprint: SHA256Digest, _ tenant: TenantTransaction
    ) throws(StoreFault) -> Bool {
        try tenant.first(Self.keyInForce, .bytes(fingerprint.bytes), make: { $0.integer(0) }) != nil
    }

    /// A key belongs to one collector for ever.
    private func isFree(
        _ fingerprint: SHA256Digest, _ token: TokenRow, _ transaction: Transaction
    ) throws(StoreFault) -> Bool {
        let owner = try transaction.first(
            Self.keyOwner, .bytes(fingerprint.bytes), make: { $0.integer(0) })
        return owner == nil || owner == token.collector
    }

    private func enrolled(
        _ token: TokenRow, _ tenant: TenantTransaction, isNew: Bool
    ) throws(StoreFault) -> Enrolled {
        let row = try tenant.first(Self.profile, .integer(token.collector)) { row in
            (id: CollectorID(bytes: row.bytes(0)), settings: row.integer(1))
        }
        guard let row, let id = row.id else {
            throw StoreFault("read a collector", kind: .corrupt)
        }
        return Enrolled(
            organization: token.organization, collector: id, settings: row.settings,
            isNew: isNew)
    }

    private static func associatedData(_ id: SHA256Digest) -> [UInt8] {
        Array("enrolment_token/\(id.hex)".utf8)
    }

    private struct TokenRow {
        let organization: Int64
        let collector: Int64
        let sealed: [UInt8]
        let expiresAt: Timestamp
        let usedBy: [UInt8]?

        init(_ row: Row) {
            (organization, collector) = (row.integer(0), row.integer(1))
            (sealed, expiresAt) = (row.bytes(2), row.timestamp(3))
            usedBy = row.optionalBytes(4)
        }
    }

    /// A token names its organization: these two look-ups cannot know it before.
    private static let find = SQL(
        """
        SELECT organization, collector, sealed, expires_at_us, used_by
        FROM enrolment_token WHERE token_id = $1
        """)
    private static let keyOwner = SQL("SELECT collector FROM collector_key WHERE fingerprint = $1")
    private static let insert = TenantSQL(
        """
        INSERT INTO enrolment_token (organization, collector, token_id, sealed, expires_at_us)
        VALUES ($1, $2, $3, $4, $5)
        """)
    private static let use = TenantSQL(
        "UPDATE enrolment_token SET used_by = $3 WHERE organization = $1 AND token_id = $2")
    private static let endKeys = TenantSQL(
        """
        UPDATE collector_key SET revoked_at_us = $3
        WHERE organization = $1 AND collector = $2 AND revoked_at_us IS NULL
        """)
    private static let insertKey = TenantSQL(
        """
        INSERT INTO collector_key
            (organization, collector, fingerprint, public_key, box_key, enrolled_at_us)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (fingerprint) DO UPDATE
        SET box_key = excluded.box_key, enrolled_at_us = excluded.enrolled_at_us,
            retires_at_us = NULL, revoked_at_us = NULL
        WHERE collector_key.organization = excluded.organization
            AND collector_key.collector = excluded.collector
        """)
    private static let keyInForce = TenantSQL(
        """
        SELECT collector FROM collector_key
        WHERE organization = $1 AND fingerprint = $2 AND revoked_at_us IS NULL
        """)
    private static let profile = TenantSQL(
        """
        SELECT c.id, p.settings FROM collector c
        JOIN collector_profile p ON p.organization = c.organization AND p.collector = c.number
        WHERE c.organization = $1 AND c.number = $2
        """)
}

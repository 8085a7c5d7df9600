import ConveyProtocol
package import Store
package import Tenancy
package import Time

/// Takes what is to be sent: one upload for each version of a conversion and each destination.
///
/// Called in the transaction that writes or settles a conversion; nothing leaves in it. After its
/// commit the bell of the uploads' service is rung.
package struct UploadQueue {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Puts a version of a conversion into the queue, or says anew what is known of it.
    ///
    /// A version before it of which nothing has left gives way to it; one that is on its way goes
    /// first. A version that is older than one in the queue is passed over.
    /// - Returns: the upload's state now; `due` means that a ring of the bell is worth it.
    @discardableResult
    package func wish(_ wish: UploadWish, for destination: Destination) throws -> UploadState {
        let table = UploadTable(tenant: tenant, destination: destination, now: now)
        let thread = try table.thread(ofConversion: wish.subject.conversion)
        if let newest = thread.rows.last, newest.version > wish.subject.version {
            return newest.state
        }
        if let same = thread.rows.last, same.version == wish.subject.version {
            return try again(wish, same, thread, table)
        }
        for row in thread.rows { try giveWay(row, to: wish, table) }
        let past = try thread.past(besides: wish.subject.version)
        let judgement = PreFlight(destination, at: now).judge(wish, past)
        try table.insert(wish, judgement)
        return judgement.fate.state
    }

    /// The same version once more: settled meanwhile, or with more known of it.
    private func again(
        _ wish: UploadWish, _ row: UploadRow, _ thread: UploadThread, _ table: UploadTable
    ) throws -> UploadState {
        switch row.state {
        case .held, .due: break
        case .cancelled where row.isUntouched && row.code != UploadCode.byOperator.rawValue: break
        case .rejected where row.isUntouched: break
        case .sending where wish.adUserData == .denied:
            try table.stop(row.number, .consentDenied)
            return row.state
        case .cancelled, .rejected, .sending, .accepted, .confirmed, .unknown: return row.state
        }
        guard try row.wishText != JSONText.encode(wish) else { return row.state }
        let past = try thread.past(besides: row.version)
        let judgement = PreFlight(table.destination, at: now).judge(wish, past)
        try table.replace(row.number, wish, judgement)
        return judgement.fate.state
    }

    /// An older version ends where nothing of it has left; where its answer may be lost, a denial
    /// keeps it from being repeated.
    private func giveWay(
        _ row: UploadRow, to wish: UploadWish, _ table: UploadTable
    ) throws(StoreFault) {
        switch row.state {
        case .held, .due: try table.set(row.number, .cancelled(.superseded))
        case .sending where wish.adUserData == .denied:
            try table.stop(row.number, .consentDenied)
        case .sending, .accepted, .confirmed, .rejected, .unknown, .cancelled: break
        }
    }

    /// Whether any byte of a conversion may have left, to any destination. What has not left does not
    /// until the transaction ends.
    package func hasBeenSent(conversion: Int64) throws(StoreFault) -> Bool {
        _ = try tenant.all(Self.keep, .integer(conversion), make: { $0.integer(0) })
        return try tenant.first(Self.isSent, .integer(conversion), make: { _ in true }) ?? false
    }

    /// Forgets the uploads of a conversion that was deleted before anything was sent of it.
    package func forget(conversion: Int64) throws {
        let isSent = try hasBeenSent(conversion: conversion)
        precondition(!isSent, "What was sent is never forgotten.")
        for destination in try tenant.all(Self.destinations, make: { $0.integer(0) }) {
            try tenant.run(Self.forgetMembers, .integer(destination), .integer(conversion))
            try tenant.run(Self.forget, .integer(destination), .integer(conversion))
        }
    }

    /// On PostgreSQL a destination's step may take an upload at the same moment.
    private static let keep = TenantSQL(
        sqlite: """
            SELECT u.number FROM destination d JOIN upload u ON u.organization = d.organization
                AND u.destination = d.number AND u.conversion = $2
            WHERE d.organization = $1
            """,
        postgres: """
            SELECT u.number FROM destination d JOIN upload u ON u.organization = d.organization
                AND u.destination = d.number AND u.conversion = $2
            WHERE d.organization = $1 FOR UPDATE OF u
            """)
    private static let isSent = TenantSQL(
        "SELECT 1 FROM upload_transaction WHERE organization = $1 AND conversion = $2 LIMIT 1")
    private static let destinations = TenantSQL(
        "SELECT number FROM destination WHERE organization = $1 ORDER BY number LIMIT 10000")
    private static let forgetMembers = TenantSQL(
        """
        DELETE FROM upload_member WHERE organization = $1 AND upload IN (
            SELECT number FROM upload
            WHERE organization = $1 AND destination = $2 AND conversion = $3)
        """)
    private static let forget = TenantSQL(
        "DELETE FROM upload WHERE organization = $1 AND destination = $2 AND conversion = $3")
}

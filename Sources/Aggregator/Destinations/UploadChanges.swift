import Store
package import Tenancy
package import Time

/// What an operator does with uploads. The bell of the uploads' service is rung after the commit.
package struct UploadChanges {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Lets an upload be judged and sent again, now. One that may have arrived is sent as it was.
    /// - Throws: `DestinationRefusal.nothingToRetry` for one that is due, on its way or confirmed, or
    ///   that a newer version has replaced.
    package func retry(_ number: Int64) throws {
        let (row, destination) = try find(number)
        let table = UploadTable(tenant: tenant, destination: destination, now: now)
        let thread = try table.thread(ofConversion: row.conversion)
        guard thread.rows.last?.version == row.version || row.state == .unknown,
            !thread.rows.contains(where: \.state.isInFlight)
        else { throw DestinationRefusal.nothingToRetry }
        switch row.state {
        case .held, .rejected, .cancelled: try table.set(number, .due)
        case .unknown where row.code == UploadCode.consentDenied.rawValue:
            throw DestinationRefusal.nothingToRetry
        case .unknown:
            try table.stop(number, nil)
            _ = try RequestTable(tenant: tenant, destination: destination, now: now).add(
                [(number, nil)], isValidation: false, doubt: .acceptedBefore, sendAt: now)
        case .due, .sending, .accepted, .confirmed: throw DestinationRefusal.nothingToRetry
        }
    }

    /// Keeps an upload from being sent. One whose answer was lost is not sent again, and ends unknown.
    /// - Throws: `DestinationRefusal.alreadySent` once the platform took it.
    package func cancel(_ number: Int64) throws {
        let (row, destination) = try find(number)
        let table = UploadTable(tenant: tenant, destination: destination, now: now)
        switch row.state {
        case .held, .due, .rejected, .unknown: try table.set(number, .cancelled(.byOperator))
        case .sending: try table.stop(number, .byOperator)
        case .cancelled: break
        case .accepted, .confirmed: throw DestinationRefusal.alreadySent
        }
        try judgeWaiting(row, table)
    }

    /// Retries every upload that a filter means, at most its limit.
    /// - Returns: how many.
    package func retryAll(_ filter: UploadFilter, _ verdicts: VerdictTable) throws -> Int {
        try all(filter, verdicts) { try retry($0) }
    }

    /// Cancels every upload that a filter means, at most its limit.
    /// - Returns: how many.
    package func cancelAll(_ filter: UploadFilter, _ verdicts: VerdictTable) throws -> Int {
        try all(filter, verdicts) { try cancel($0) }
    }

    private func all(
        _ filter: UploadFilter, _ verdicts: VerdictTable, _ change: (Int64) throws -> Void
    ) throws -> Int {
        var count = 0
        for upload in try UploadRecords(tenant, verdicts).list(filter) {
            do {
                try change(upload.number)
                count += 1
            } catch is DestinationRefusal {
                continue
            }
        }
        return count
    }

    /// A newer version that waited for a cancelled one has its turn.
    private func judgeWaiting(_ row: UploadRow, _ table: UploadTable) throws {
        let thread = try table.thread(ofConversion: row.conversion)
        guard let newest = thread.rows.last, newest.version > row.version, newest.state == .held,
            newest.code == UploadCode.earlierUnknown.rawValue
        else { return }
        try table.judgeAgain(newest, in: thread)
    }

    private func find(_ number: Int64) throws -> (UploadRow, Destination) {
        guard
            let row = try tenant.first(
                Self.byNumber, .integer(number),
                make: { (row: UploadRow($0), destination: $0.integer(10)) }),
            let destination = try DestinationTable(tenant, at: now).destination(row.destination)
        else { throw DestinationRefusal.unknownUpload }
        return (row.row, destination)
    }

    private static let byNumber = TenantSQL(
        """
        SELECT number, conversion, version, state, code, stop_code, request, tries, wish, content,
            destination
        FROM upload WHERE organization = $1 AND number = $2
        """)
}

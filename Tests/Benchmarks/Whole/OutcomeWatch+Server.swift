import Store

/// The same on PostgreSQL, where commits come in another order than their numbers: so many of the newest
/// rows are read again each time.
extension OutcomeWatch {
    private static let window: Int64 = 2_000

    private struct Conversion: Sendable {
        let number: Int64
        let identity: String
        let isCounted: Bool
    }

    private struct Upload: Sendable {
        let number: Int64
        let conversion: Int64
        let isDue: Bool
    }

    func look(_ store: Store) async throws {
        let (after, behind) = (lastVersion - Self.window, lastUpload - Self.window)
        let (conversions, uploads) = try await store.read { tx in
            (
                try tx.all(Self.conversions, .integer(after)) {
                    Conversion(
                        number: $0.integer(0), identity: $0.text(1),
                        isCounted: $0.text(2) == "counted")
                },
                try tx.all(Self.newUploads, .integer(behind)) {
                    Upload(
                        number: $0.integer(0), conversion: $0.integer(1),
                        isDue: !["held", "cancelled"].contains($0.text(2)))
                }
            )
        }
        let now = Instant.now
        for conversion in conversions {
            lastVersion = max(lastVersion, conversion.number)
            identities[conversion.number] = conversion.identity
            note(conversion.number, \.visible, now)
            if conversion.isCounted { note(conversion.number, \.counted, now) }
        }
        for upload in uploads {
            lastUpload = max(lastUpload, upload.number)
            note(upload.conversion, \.queued, now)
            if upload.isDue { note(upload.conversion, \.due, now) }
        }
    }

    private static let conversions = SQL(
        "SELECT number, identity, status FROM conversion WHERE number > $1 ORDER BY number")
    private static let newUploads = SQL(
        "SELECT number, conversion, state FROM upload WHERE number > $1 ORDER BY number")
}

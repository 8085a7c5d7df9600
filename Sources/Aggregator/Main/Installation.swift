import Crypto
import Daemon
import Gate
import Schema
import Store
import Time

/// An aggregator's data, opened: the database at the program's schema, and its two keys.
struct Installation: Sendable {
    let store: Store
    let keyring: AggregatorKeyring
    let sealingKey: SealingKey
    let clock: any WallClock

    /// Opens the data directory, and makes what a new one lacks. The caller holds its lock.
    static func open(
        _ place: AggregatorPlace, clock: any WallClock = SystemClock()
    ) async throws -> Installation {
        let store = try Store.sqlite(path: place.database)
        do {
            return Installation(
                store: store, keyring: try SigningKeyFiles(place).open(random: RandomBytes()),
                sealingKey: try sealingKey(at: place.sealingKey), clock: clock)
        } catch {
            await store.close()
            throw error
        }
    }

    /// Brings the schema up to date. What already holds data is backed up first.
    /// - Returns: the migrations that were applied.
    func migrate(_ place: AggregatorPlace) async throws -> [Migration] {
        let migrator = Migrator(Schema.migrations)
        let status = try await migrator.status(of: store)
        guard !status.pending.isEmpty else { return [] }
        let now = clock.now()
        if status.version > 0 {
            try await store.backup(
                to: place.backup(before: Schema.migrations.count, at: "\(now.unixSeconds)"))
        }
        return try await migrator.up(store, at: now)
    }

    private static func sealingKey(at path: String) throws -> SealingKey {
        if BoundedFile.exists(path) {
            return try SealingKey(rawBytes: try BoundedFile.read(path, bytesMax: 32))
        }
        let key = SealingKey(from: RandomBytes())
        try BoundedFile.replace(path, with: key.rawBytes)
        return key
    }
}

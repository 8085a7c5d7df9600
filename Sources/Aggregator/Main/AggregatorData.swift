import Schema
import Store
import Time

/// An aggregator's database, opened, at whatever schema it has. The caller holds the data directory's
/// lock.
struct AggregatorData: Sendable {
    let place: AggregatorPlace
    let store: Store
    let clock: any WallClock
    private let migrator = Migrator(Schema.migrations)

    init(_ place: AggregatorPlace, clock: any WallClock = SystemClock()) throws(StoreFault) {
        (self.place, self.clock) = (place, clock)
        switch place.database {
        case .file(let path): store = try Store.sqlite(path: path)
        case .server(let url, let options):
            store = try Store.postgres(url: url, options: options)
        }
    }

    /// Brings the schema up to date; of several processes that start at once one does it, the others
    /// wait. A file that already holds data is backed up first. Where the server is Citus, the tables are
    /// spread, also when the extension came later.
    /// - Returns: the migrations that were applied.
    func migrate() async throws -> [Migration] {
        let status = try await migrator.status(of: store)
        var applied: [Migration] = []
        if !status.pending.isEmpty {
            if status.version > 0 { _ = try await backUp(before: Schema.migrations.count) }
            applied = try await migrator.up(store, at: clock.now())
        }
        _ = try await Distribution.apply(to: store)
        return applied
    }

    /// Makes a backup beside a file. A server's is its operator's care: there a copy of this program's
    /// would be neither consistent with others' nor kept where the others are.
    /// - Returns: whether one was made.
    func backUp(before version: Int) async throws -> Bool {
        guard !place.database.isShared else { return false }
        try await store.backup(
            to: place.backup(before: version, at: "\(clock.now().unixSeconds)"))
        return true
    }
}

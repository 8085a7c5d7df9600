import Daemon
import Destinations
import Schema
import Store
import Time
import Transfer

/// `import FILE`: fills an empty database from an export, and proves that it holds the same. No daemon
/// runs on that database.
struct ImportCommand {
    private let place: AggregatorPlace
    private let clock: any WallClock

    init(_ place: AggregatorPlace, clock: any WallClock = SystemClock()) {
        self.place = place
        self.clock = clock
    }

    /// 0 done, 1 refused, 69 not possible now.
    func run(_ invocation: CommandInvocation) async -> Int32 {
        await Transfers.run {
            let source = try ImportSource(invocation.operands[0])
            try check(source.head)
            try BoundedFile.makeDirectory(place.directory)
            let lock = try FileLock(place.lock)
            let data = try AggregatorData(place.patient, clock: clock)
            do {
                try await fill(data, from: source)
            } catch {
                await data.store.close()
                throw error
            }
            await data.store.close()
            _ = consume lock
            return 0
        }
    }

    private func check(_ head: ExportHead) throws {
        let schema = Int64(Schema.migrations.count)
        guard head.schema == schema else {
            throw TransferRefusal.otherSchema(export: head.schema, program: schema)
        }
        guard BoundedFile.exists(place.sealingKey) else {
            throw TransferRefusal.noSealingKey(path: place.sealingKey)
        }
        guard try Transfers.sealingKey(place) == head.sealingKey else {
            throw TransferRefusal.otherSealingKey(path: place.sealingKey)
        }
    }

    /// A new database gets its schema here; one with an older schema is not empty.
    private func fill(_ data: AggregatorData, from source: ImportSource) async throws {
        let store = data.store
        let status = try await Schema.migrator.status(of: store)
        guard status.version == 0 || status.pending.isEmpty else {
            throw TransferRefusal.otherSchema(
                export: source.head.schema, program: Int64(status.version))
        }
        let now = clock.now()
        _ = try await data.migrate()
        let start = ContinuousClock.now
        let importer = Importer(source, into: store, tables: Transfers.tables)
        let summary = try await importer.run(
            at: now, books: { try Transfers.books(in: $0) },
            settle: { try UploadService.freeAll(in: $0) }, told: Transfers.tell)
        Transfers.tell(summary, "imported and compared", since: start)
        Terminal.complain(source.head.isFinal ? Self.inUse : Self.trial)
    }

    private static let inUse =
        "Every row and the balance are as they were. Serve from this database, and no longer from the old one."
    private static let trial = """
        Every row and the balance are as they were. This is a trial copy, since the old database stays in \
        use: nobody serves from it. Move with export --final.
        """
}

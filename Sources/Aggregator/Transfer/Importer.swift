import Daemon
package import Store
package import Time

/// Fills an empty database from an export, and proves that it holds the same.
///
/// Until the proof is done the database says that it is half imported, and nobody serves from it. An
/// import that was cut off is begun again from the beginning.
package struct Importer: Sendable {
    /// What the books of the database must come to, and how to draw them up.
    package typealias Books = @Sendable (Transaction) throws -> String

    /// Writes that are on their way at the same time: PostgreSQL does them side by side, SQLite in one
    /// commit.
    private static let writesMax = 4

    private let store: Store
    private let tables: [String]
    private let source: ImportSource

    /// - Parameters:
    ///   - store: at the program's schema.
    ///   - tables: all of the schema, those that others point to before them.
    package init(_ source: ImportSource, into store: Store, tables: [String]) {
        self.source = source
        self.store = store
        self.tables = tables.filter { $0 != TransferState.table }
    }

    /// Fills the database.
    /// - Parameters:
    ///   - books: must come to what the export says.
    ///   - settle: frees what processes of the old database hold, after everything was compared.
    ///   - told: hears of each table when its rows are in.
    /// - Throws: `TransferRefusal`, `SystemFault` or `StoreFault`; then the database is not to be used,
    ///   unless it was refused for not being empty: then nothing was changed.
    package func run(
        at now: Timestamp, books: @escaping Books,
        settle: @escaping @Sendable (Transaction) throws -> Void = { _ in },
        told: @escaping @Sendable (TransferredTable) -> Void
    ) async throws -> TransferSummary {
        let described = try await begin(at: now)
        let (ends, end) = try await fill(described, told: told)
        try await number(described, ends)
        try await check(described, ends, end, books: books)
        try await finish(at: now, settle)
        return TransferSummary(
            tables: ends.map { TransferredTable(name: $0.name, rows: $0.rows) })
    }

    // MARK: Beginning and end

    /// Takes an empty database, or one whose import was cut off, which is emptied.
    private func begin(at now: Timestamp) async throws -> [String: StoredTable] {
        let note = source.head.madeAt.description
        return try await store.write { [tables] transaction in
            let all = Set(try transaction.tableNames())
            var described: [String: StoredTable] = [:]
            for name in tables {
                guard all.contains(name) else { throw TransferRefusal.otherTable(name) }
                described[name] = try transaction.table(named: name)
            }
            let state = try transaction.transferState()
            if let state, state.kind != .importing { throw state.refusal }
            for name in tables.reversed() {
                guard let table = described[name] else { continue }
                if state != nil {
                    try transaction.clear(table)
                } else if try !transaction.isEmpty(table) {
                    throw TransferRefusal.notEmpty(table: name)
                }
            }
            try transaction.enter(TransferState(kind: .importing, note: note, since: now))
            return described
        }
    }

    /// Puts the database to use, or, where the original stayed in use, marks it as a copy.
    private func finish(
        at now: Timestamp, _ settle: @escaping @Sendable (Transaction) throws -> Void
    ) async throws {
        let head = source.head
        try await store.write { transaction in
            try settle(transaction)
            try transaction.enter(
                head.isFinal
                    ? nil
                    : TransferState(kind: .trial, note: head.madeAt.description, since: now))
        }
    }

    // MARK: Filling

    private func fill(
        _ tables: [String: StoredTable], told: @escaping @Sendable (TransferredTable) -> Void
    ) async throws -> ([ExportTableEnd], ExportEnd) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var (running, current) = (0, StoredTable?.none)
            var ends: [ExportTableEnd] = []
            while true {
                switch try await source.next() {
                case .table(let table):
                    current = try Self.match(table, tables)
                case .rows(let batch):
                    guard let table = current else { throw TransferRefusal.damaged }
                    if running == Self.writesMax {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { try await insert(batch, into: table) }
                case .tableEnd(let end):
                    try await group.waitForAll()
                    running = 0
                    ends.append(end)
                    told(TransferredTable(name: end.name, rows: end.rows))
                case .end(let end):
                    guard Set(ends.map(\.name)) == Set(tables.keys) else {
                        throw TransferRefusal.damaged
                    }
                    return (ends, end)
                }
            }
        }
    }

    private static func match(
        _ table: ExportTable, _ tables: [String: StoredTable]
    ) throws(TransferRefusal) -> StoredTable {
        guard let own = tables[table.name], own.columns == table.columns else {
            throw .otherTable(table.name)
        }
        return own
    }

    private func insert(_ batch: RowBatch, into table: StoredTable) async throws {
        try await store.write { try $0.insert(into: table, columns: batch.columns) }
    }

    // MARK: Proof

    private func number(
        _ tables: [String: StoredTable], _ ends: [ExportTableEnd]
    ) async throws {
        try await store.write { transaction in
            for end in ends {
                guard let table = tables[end.name] else { continue }
                try transaction.raiseNumbers(of: table, to: end.lastNumber)
            }
        }
    }

    /// Reads everything back.
    private func check(
        _ tables: [String: StoredTable], _ ends: [ExportTableEnd], _ end: ExportEnd,
        books: @escaping Books
    ) async throws {
        try await store.read { transaction in
            var lines = RowLines()
            for end in ends {
                guard let table = tables[end.name] else { continue }
                try transaction.eachRow(of: table) { lines.add($0, of: table) }
                let digest = lines.finishTable()
                guard digest.rows == end.rows, digest.hex == end.digest else {
                    throw TransferRefusal.differs(table: end.name)
                }
            }
            guard try books(transaction) == end.balance else { throw TransferRefusal.otherBalance }
        }
    }
}

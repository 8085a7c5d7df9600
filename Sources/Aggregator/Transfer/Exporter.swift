import Daemon
import JSON
package import Store
import Synchronization

/// Writes all tables of a database, as they are at one moment, into one file.
package struct Exporter: Sendable {
    private let store: Store
    private let tables: [String]

    /// - Parameter tables: all of the schema, those that others point to before them.
    package init(_ store: Store, tables: [String]) {
        self.store = store
        self.tables = tables.filter { $0 != TransferState.table }
    }

    /// Writes the file; a database that is in use goes on meanwhile.
    /// - Parameters:
    ///   - path: of a file that is not there yet, or `-`.
    ///   - balance: draws up the books in the same transaction, as one JSON object.
    ///   - told: hears of each table when it is done.
    /// - Throws: `TransferRefusal` for a database that is not in use, `SystemFault`, `StoreFault`.
    package func export(
        _ head: ExportHead, to path: String,
        balance: @escaping @Sendable (Transaction) throws -> String,
        told: @escaping @Sendable (TransferredTable) -> Void
    ) async throws -> TransferSummary {
        let file = try OutgoingFile(path)
        let isBegun = Mutex(false)
        let summary = try await store.read { [tables] transaction in
            let isSecondRun = isBegun.withLock { begun in
                defer { begun = true }
                return begun
            }
            // What a lost connection cut off cannot be taken back from a pipe.
            guard !isSecondRun else { throw StoreFault("export in one go", kind: .unreachable) }
            let writer = ExportWriter(transaction, to: file, told: told)
            return try writer.write(head, tables, balance: try balance(transaction))
        }
        try file.finish()
        return summary
    }
}

/// What was moved of one table.
package struct TransferredTable: Sendable, Equatable {
    /// Its name.
    package let name: String
    /// How many rows.
    package let rows: Int64
}

/// What was moved altogether.
package struct TransferSummary: Sendable, Equatable {
    /// Every table, also the empty ones, in the order in which they were moved.
    package let tables: [TransferredTable]
    /// Rows of all tables.
    package var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }
}

/// Writes one export inside its transaction.
private final class ExportWriter {
    private let transaction: Transaction
    private let blocks: ExportBlockWriter
    private let told: (TransferredTable) -> Void
    private var lines = RowLines()
    private var writer = JSONWriter(capacity: 4096)

    init(
        _ transaction: Transaction, to file: OutgoingFile,
        told: @escaping (TransferredTable) -> Void
    ) {
        self.transaction = transaction
        self.told = told
        blocks = ExportBlockWriter(file)
    }

    func write(
        _ head: ExportHead, _ tables: [String], balance: String
    ) throws -> TransferSummary {
        try transaction.patient()
        if let state = try transaction.transferState() {
            guard state.kind == .moved, head.isFinal else { throw state.refusal }
        } else if head.isFinal {
            throw TransferRefusal.notMoved
        }
        try line { head.write(to: &$0) }
        try blocks.flush()
        let all = Set(try transaction.tableNames())
        var done: [TransferredTable] = []
        for name in tables {
            guard all.contains(name) else { throw TransferRefusal.otherTable(name) }
            done.append(try write(try transaction.table(named: name)))
            told(done[done.count - 1])
        }
        try line { ExportEnd(tables: done, balance: balance).write(to: &$0) }
        try blocks.flush()
        return TransferSummary(tables: done)
    }

    private func write(_ table: StoredTable) throws -> TransferredTable {
        try line { ExportTable(table).write(to: &$0) }
        try transaction.eachRow(of: table) { row in
            try blocks.add(line: lines.add(row, of: table))
        }
        let digest = lines.finishTable()
        let end = ExportTableEnd(
            name: table.name, rows: digest.rows, digest: digest.hex,
            lastNumber: try transaction.lastNumber(of: table))
        try line { end.write(to: &$0) }
        return TransferredTable(name: table.name, rows: digest.rows)
    }

    private func line(_ body: (inout JSONWriter) -> Void) throws {
        writer.removeAll()
        body(&writer)
        try blocks.add(line: writer.bytes)
    }
}

extension Transaction {
    /// Between two pages a pipe may keep this transaction waiting for longer than others may.
    func patient() throws(StoreFault) {
        try execute(
            SQL(
                sqlite: "",
                postgres: "SET LOCAL idle_in_transaction_session_timeout = 0"))
    }
}

package import Store
package import Time

/// Opens and closes a database to all who write to it.
package struct TransferDesk: Sendable {
    private let store: Store
    private let tables: [String]

    /// - Parameters:
    ///   - store: at the program's schema.
    ///   - tables: all of the schema.
    package init(_ store: Store, tables: [String]) {
        self.store = store
        self.tables = tables.filter { $0 != TransferState.table }
    }

    /// Refuses a database that must not be served from: moved, half imported, or a copy. Also for one
    /// whose schema is older.
    /// - Throws: `TransferRefusal`, or a `StoreFault`.
    package func checkUse() async throws {
        let state = try await store.read { transaction in
            try transaction.tableNames().contains(TransferState.table)
                ? try transaction.transferState() : nil
        }
        if let state { throw state.refusal }
    }

    /// Closes the database for good: from the commit on nothing is written, by whatever process. Fine
    /// where it is closed already.
    /// - Parameter target: where it is moved to, in the operator's words, at most 200 bytes.
    package func close(movedTo target: String, at now: Timestamp) async throws {
        try await store.write { [tables] transaction in
            try transaction.lock([Self.lock])
            if let state = try transaction.transferState() {
                guard state.kind == .moved else { throw state.refusal }
                return
            }
            try transaction.fence(tables)
            try transaction.enter(TransferState(kind: .moved, note: target, since: now))
        }
    }

    /// Opens a database that was moved, for when the move was given up.
    package func open() async throws {
        try await store.write { [tables] transaction in
            try transaction.lock([Self.lock])
            guard try transaction.transferState()?.kind == .moved else {
                throw TransferRefusal.notMoved
            }
            try transaction.unfence(tables)
            try transaction.enter(nil)
        }
    }

    private static let lock = LockName("transfer")
}

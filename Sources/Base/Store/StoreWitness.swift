import Daemon

/// A statement that a transaction ran, and how its database meant to run it.
package struct WitnessedStatement: Sendable, Hashable {
    /// Its text for SQLite.
    package let sqlite: String
    /// Its text for PostgreSQL.
    package let postgres: String
    /// The lines that the database's own `EXPLAIN` wrote.
    package let plan: [String]
}

extension Store {
    /// The same database, with somebody who is told of every statement before it runs: for tests that
    /// hold statements and their plans against a rule. Scripts are not told of.
    package func witnessed(
        by witness: @escaping @Sendable (WitnessedStatement) -> Void
    ) -> Store {
        Store(engine: WitnessedEngine(engine: engine, witness: witness))
    }
}

private struct WitnessedEngine: StoreEngine {
    let engine: any StoreEngine
    let witness: @Sendable (WitnessedStatement) -> Void

    var kind: StoreKind { engine.kind }

    func read(_ job: Job) { engine.read(witnessed(job)) }

    func write(_ job: Job) { engine.write(witnessed(job)) }

    /// Small tables are read from end to end, were that not made dear.
    private static let indexesFirst = SQL(sqlite: "", postgres: "SET LOCAL enable_seqscan = off")

    private func witnessed(_ job: Job) -> Job {
        Job { [kind, witness] tx in
            if kind == .postgres { try tx.execute(Self.indexesFirst) }
            try job.body(Transaction(WitnessedTransaction(tx.engine, kind, witness)))
        } done: {
            job.done($0)
        }
    }

    func backup(to target: String) async throws(StoreFault) { try await engine.backup(to: target) }

    func check(isDeep: Bool) async throws(StoreFault) -> [String] {
        try await engine.check(isDeep: isDeep)
    }

    func size() async throws(StoreFault) -> StoreSize { try await engine.size() }

    func listen(_ heard: @escaping @Sendable (String?) -> Void) -> @Sendable () -> Void {
        engine.listen(heard)
    }

    func publish(in metrics: MetricRegistry) { engine.publish(in: metrics) }

    func close() async { await engine.close() }
}

/// Asks for the plan of each statement, then runs it.
private final class WitnessedTransaction: TransactionEngine {
    private let engine: any TransactionEngine
    private let kind: StoreKind
    private let witness: (WitnessedStatement) -> Void

    init(
        _ engine: any TransactionEngine, _ kind: StoreKind,
        _ witness: @escaping (WitnessedStatement) -> Void
    ) {
        (self.engine, self.kind, self.witness) = (engine, kind, witness)
    }

    /// SQLite writes what it does in the fourth column.
    private func tell(_ sql: SQL, _ explain: (SQL, (Row) -> Void) throws(StoreFault) -> Void)
        throws(StoreFault)
    {
        var plan: [String] = []
        try explain(sql.explained) { plan.append($0.text(self.kind == .sqlite ? 3 : 0)) }
        witness(WitnessedStatement(sqlite: sql.sqlite, postgres: sql.postgres, plan: plan))
    }

    func run(_ sql: SQL, _ values: [SQLValue]) throws(StoreFault) -> Int {
        try tell(sql) { explained, note throws(StoreFault) in
            try engine.rows(explained, values) { row in
                note(row)
                return true
            }
        }
        return try engine.run(sql, values)
    }

    func rows(_ sql: SQL, _ values: [SQLValue], _ body: (Row) -> Bool) throws(StoreFault) {
        try tell(sql) { explained, note throws(StoreFault) in
            try engine.rows(explained, values) { row in
                note(row)
                return true
            }
        }
        try engine.rows(sql, values, body)
    }

    func runEach(
        _ sql: SQL, _ columns: [SQLColumn], rows: Int, _ body: (Row) -> Void
    ) throws(StoreFault) -> Int {
        try tell(sql) { explained, note throws(StoreFault) in
            _ = try engine.runEach(explained, columns, rows: rows, note)
        }
        return try engine.runEach(sql, columns, rows: rows, body)
    }

    func insertNew(
        _ sql: SQL, _ columns: [SQLColumn], identities: [Int64]
    ) throws(StoreFault) -> Set<Int64> {
        try tell(sql) { explained, note throws(StoreFault) in
            _ = try engine.runEach(explained, columns, rows: identities.count, note)
        }
        return try engine.insertNew(sql, columns, identities: identities)
    }

    func execute(_ script: SQL) throws(StoreFault) { try engine.execute(script) }

    func lock(_ name: LockName) throws(StoreFault) { try engine.lock(name) }

    func share(_ name: LockName) throws(StoreFault) { try engine.share(name) }

    func tryLock(_ name: LockName) throws(StoreFault) -> Bool { try engine.tryLock(name) }

    func announce(_ signal: StoreSignal) throws(StoreFault) { try engine.announce(signal) }
}

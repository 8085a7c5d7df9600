import Postgres

/// A connection as transactions use it: made when there is work, made anew when it broke. Lives on the
/// thread that its owner gave it.
final class PostgresSession: TransactionEngine {
    /// What a transaction may do. Reading sees one moment; writing sees, with each statement, what is
    /// committed by then, and takes locks where that is not enough.
    enum Access: String {
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case write = "BEGIN ISOLATION LEVEL READ COMMITTED"
    }

    /// Times that a body runs at most; each but the last ended through another's doing.
    private static let runsMax = 5

    private let target: ConnectionTarget
    private let counts: PoolCounts
    private var connection: Postgres::Connection?
    /// The first failure of the transaction that is open: from there on the server takes nothing.
    private var failure: PostgresError?
    private var access = Access.read

    init(_ target: ConnectionTarget, _ counts: PoolCounts) {
        self.target = target
        self.counts = counts
    }

    /// Runs a body in a transaction, and begins anew where another transaction was in the way or the
    /// connection broke before the commit was asked for.
    /// - Throws: what the body throws; a `StoreFault`, after which nothing is kept; or, when the
    ///   connection broke during the commit, `unreachable`: then nobody knows.
    func perform(_ body: (Transaction) throws -> Void, _ access: Access) throws {
        for run in 1...Self.runsMax {
            switch runOnce(body, access) {
            case .done: return
            case .failed(let error): throw error
            case .undone(let error) where run == Self.runsMax: throw StoreFault(error)
            case .undone: counts.ranAgain()
            }
        }
    }

    private enum End {
        case done
        case failed(any Error)
        /// Nothing is kept, and the same work may succeed.
        case undone(PostgresError)
    }

    private func runOnce(_ body: (Transaction) throws -> Void, _ access: Access) -> End {
        failure = nil
        self.access = access
        let connection: Postgres::Connection
        do throws(PostgresError) {
            connection = try usableConnection()
        } catch {
            return .failed(StoreFault(error))
        }
        do {
            try call { _ throws(PostgresError) in try connection.execute(access.rawValue) }
            try body(Transaction(self))
            if let failure { throw StoreFault(failure) }
        } catch {
            connection.rollBack()
            guard let failure, failure.mayPass, !isWriteInRead(failure) else {
                return .failed(error)
            }
            return .undone(failure)
        }
        return commit(connection)
    }

    private func commit(_ connection: Postgres::Connection) -> End {
        do throws(PostgresError) {
            let tag = try connection.execute("COMMIT")
            precondition(tag == "COMMIT", "A transaction that failed is not committed.")
            return .done
        } catch {
            connection.rollBack()
            return error.kind == .conflict ? .undone(error) : .failed(StoreFault(error))
        }
    }

    private func usableConnection() throws(PostgresError) -> Postgres::Connection {
        if let connection, connection.isUsable, !connection.isInTransaction { return connection }
        connection = nil
        do throws(PostgresError) {
            let new = try Postgres::Connection(target)
            connection = new
            counts.connected()
            return new
        } catch {
            counts.failedToConnect()
            throw error
        }
    }

    // MARK: Inside a transaction

    /// Remembers the first failure.
    @discardableResult
    private func call<T>(
        _ body: (Postgres::Connection) throws(PostgresError) -> T
    ) throws(StoreFault) -> T {
        guard let connection else { preconditionFailure("A transaction has a connection.") }
        do throws(PostgresError) {
            return try body(connection)
        } catch {
            if failure == nil { failure = error }
            throw isWriteInRead(error)
                ? StoreFault("write in a read", kind: .readOnly) : StoreFault(error)
        }
    }

    /// A wrong call; in a transaction that writes the same answer means that the server has become a
    /// standby.
    private func isWriteInRead(_ error: PostgresError) -> Bool {
        access == .read && error.state == "25006"
    }

    private func answer(
        _ sql: SQL, _ parameters: [Parameter]
    ) throws(StoreFault) -> Answer {
        try call { connection throws(PostgresError) in
            try connection.run(sql.postgres, parameters)
        }
    }

    /// A migration may take longer than a statement.
    func execute(_ script: SQL) throws(StoreFault) {
        try call { connection throws(PostgresError) in
            try connection.execute(
                "SET LOCAL statement_timeout = 0; \(script.postgres)", isLong: true)
        }
    }

    func run(_ sql: SQL, _ values: [SQLValue]) throws(StoreFault) -> Int {
        try answer(sql, values.map(Parameter.init)).changed
    }

    func rows(_ sql: SQL, _ values: [SQLValue], _ body: (Row) -> Bool) throws(StoreFault) {
        let answer = try answer(sql, values.map(Parameter.init))
        for row in 0..<answer.rowCount {
            guard body(Row(source: answer[row])) else { return }
        }
    }

    func runEach(
        _ sql: SQL, _ columns: [SQLColumn], rows: Int, _ body: (Row) -> Void
    ) throws(StoreFault) -> Int {
        guard rows > 0 else { return 0 }
        let answer = try answer(sql, columns.map(Parameter.init))
        for row in 0..<answer.rowCount { body(Row(source: answer[row])) }
        return answer.changed
    }

    func insertNew(
        _ sql: SQL, _ columns: [SQLColumn], identities: [Int64]
    ) throws(StoreFault) -> Set<Int64> {
        guard !identities.isEmpty else { return [] }
        let answer = try answer(sql, columns.map(Parameter.init))
        return Set((0..<answer.rowCount).map { answer[$0].integer(0) })
    }

    func lock(_ name: LockName) throws(StoreFault) {
        _ = try answer(Self.lock, [.integer(name.key)])
    }

    func share(_ name: LockName) throws(StoreFault) {
        _ = try answer(Self.share, [.integer(name.key)])
    }

    func tryLock(_ name: LockName) throws(StoreFault) -> Bool {
        try answer(Self.tryLock, [.integer(name.key)])[0].integer(0) == 1
    }

    func announce(_ signal: StoreSignal) throws(StoreFault) {
        _ = try answer(Self.announce, [.text(signal.name)])
    }

    private static let lock = SQL("SELECT pg_advisory_xact_lock($1)")
    private static let share = SQL("SELECT pg_advisory_xact_lock_shared($1)")
    private static let tryLock = SQL("SELECT pg_try_advisory_xact_lock($1)")
    private static let announce = SQL("SELECT pg_notify('convey', $1)")
}

extension PostgresError {
    /// Whether the same transaction, begun anew at once, may succeed.
    fileprivate var mayPass: Bool { kind == .conflict || kind == .unreachable }
}

extension Parameter {
    fileprivate init(_ value: SQLValue) {
        switch value {
        case .integer(let value): self = .integer(value)
        case .text(let value): self = .text(value)
        case .bytes(let value): self = .bytes(value)
        case .real(let value): self = .real(value)
        case .null: self = .null
        }
    }

    fileprivate init(_ column: SQLColumn) {
        switch column {
        case .constant(let value): self.init(value)
        case .integers(let values): self = .integers(values)
        case .optionalIntegers(let values): self = .optionalIntegers(values)
        case .texts(let values): self = .texts(values)
        case .optionalTexts(let values): self = .optionalTexts(values)
        case .bytes(let values): self = .byteStrings(values)
        case .optionalBytes(let values): self = .optionalByteStrings(values)
        }
    }
}

import CPostgres

/// One connection to one PostgreSQL server.
///
/// Plain and synchronous: every call blocks, and all calls come from one thread at a time. Statements
/// are prepared once and kept until the connection closes. A connection that broke stays broken: make
/// another.
@safe
package final class Connection {
    /// The oldest server that is spoken to.
    package static let versionMin = 14

    let handle: OpaquePointer
    private var prepared: [String: PreparedStatement] = [:]
    /// The texts of this house are constants; this many are never reached.
    private static let preparedMax = 1_000

    /// Connects to the first of the target's servers that takes writes.
    /// - Throws: `unreachable`, also for wrong passwords and names.
    package init(_ target: ConnectionTarget) throws(PostgresError) {
        let options = target.options
        let handle = unsafe withCStrings(options.map(\.name)) { names in
            unsafe withCStrings(options.map(\.value)) { values in
                unsafe PQconnectdbParams(names, values, 1)
            }
        }
        guard let handle = unsafe handle else {
            throw PostgresError("connect", kind: .overloaded, message: "memory ran out")
        }
        unsafe self.handle = handle
        guard unsafe PQstatus(handle) == CONNECTION_OK else {
            throw unsafe PostgresError("connect", brokenOn: handle)
        }
        unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
        let version = unsafe PQserverVersion(handle) / 10_000
        guard version >= Self.versionMin else {
            throw PostgresError(
                "connect", kind: .unreachable,
                message:
                    "the server is PostgreSQL \(version); \(Self.versionMin) is the oldest that works"
            )
        }
        try execute(target.start)
    }

    deinit { unsafe PQfinish(handle) }

    /// Whether the connection works, as far as the last call told.
    package var isUsable: Bool { unsafe PQstatus(handle) == CONNECTION_OK }

    /// True between `BEGIN` and the end of its transaction.
    package var isInTransaction: Bool {
        unsafe PQtransactionStatus(handle) != PQTRANS_IDLE
    }

    /// Runs SQL that binds nothing; several statements may stand in one text.
    /// - Returns: what the server says that the last of them did, such as `COMMIT`.
    @discardableResult
    package func execute(_ sql: String) throws(PostgresError) -> String {
        try unsafe answer("execute a statement", PQexec(handle, sql)).tag
    }

    /// Ends the transaction, if one is open, and drops what it changed. A broken connection has none.
    package func rollBack() {
        guard isUsable, isInTransaction else { return }
        unsafe PQclear(PQexec(handle, "ROLLBACK"))
    }

    /// Runs a statement with its parameters `$1`, `$2` …, and fetches the whole answer.
    package func run(_ sql: String, _ parameters: [Parameter]) throws(PostgresError) -> Answer {
        let statement = try statement(sql, parameters)
        precondition(statement.types.count == parameters.count, "Every parameter has a value.")
        let data = ParameterBytes(parameters)
        let result = unsafe data.withPointers { values, lengths, formats in
            unsafe PQexecPrepared(
                handle, statement.name, Int32(parameters.count), values, lengths, formats, 1)
        }
        do throws(PostgresError) {
            return try unsafe answer("run a statement", result)
        } catch {
            if error.isOfStalePlan { prepared = [:] }
            throw error
        }
    }

    // MARK: Prepared statements

    /// A statement on the server. `types` are what its parameters are, stated by us or, where the first
    /// values were null, guessed by the server.
    private struct PreparedStatement {
        let name: String
        let stated: [UInt32]
        let types: [UInt32]

        /// Whether values of these kinds may be bound: a guess is not to be trusted where a value has a
        /// type of its own.
        func takes(_ parameters: [Parameter]) -> Bool {
            zip(parameters, zip(stated, types)).allSatisfy { parameter, known in
                guard let type = parameter.type?.rawValue else { return true }
                return type == (known.0 == 0 ? known.1 : known.0)
            }
        }
    }

    private func statement(
        _ sql: String, _ parameters: [Parameter]
    ) throws(PostgresError) -> PreparedStatement {
        let known = prepared[sql]
        if let known, known.takes(parameters) { return known }
        if prepared.count >= Self.preparedMax {
            try execute("DEALLOCATE ALL")
            prepared = [:]
        }
        let stated = parameters.enumerated().map { index, parameter in
            parameter.type?.rawValue ?? known?.stated[index] ?? 0
        }
        let statement = try prepare(sql, stated)
        if let known { try execute("DEALLOCATE \(known.name)") }
        prepared[sql] = statement
        return statement
    }

    private var preparedCount = 0

    private func prepare(
        _ sql: String, _ stated: [UInt32]
    ) throws(PostgresError) -> PreparedStatement {
        preparedCount += 1
        let name = "s\(preparedCount)"
        _ = try unsafe answer(
            "prepare a statement", PQprepare(handle, name, sql, Int32(stated.count), stated))
        guard stated.contains(0) else {
            return PreparedStatement(name: name, stated: stated, types: stated)
        }
        let result = unsafe PQdescribePrepared(handle, name)
        defer { unsafe PQclear(result) }
        guard unsafe PQresultStatus(result) == PGRES_COMMAND_OK else {
            throw unsafe PostgresError("describe a statement", result, on: handle)
        }
        let types = (0..<Int32(stated.count)).map { unsafe PQparamtype(result, $0) }
        return PreparedStatement(name: name, stated: stated, types: types)
    }

    private func answer(
        _ operation: String, _ result: OpaquePointer?
    ) throws(PostgresError) -> Answer {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if let result = unsafe result { return unsafe Answer(result) }
        default: break
        }
        defer { unsafe PQclear(result) }
        throw unsafe PostgresError(operation, result, on: handle)
    }
}

extension ParameterBytes {
    /// Lends what libpq wants of parameters: addresses, lengths, and that all are binary.
    fileprivate func withPointers<T>(
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        )
            -> T
    ) -> T {
        let lengths = places.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: places.count)
        // An array without elements may have no address, and no address is null to libpq.
        return unsafe (bytes + [0]).withUnsafeBytes { buffer in
            let start = unsafe buffer.bindMemory(to: CChar.self).baseAddress
            let values = unsafe places.map { place in
                unsafe place.flatMap { place in unsafe start.map { unsafe $0 + place.lowerBound } }
            }
            return unsafe values.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}

/// Lends texts as C's array of strings, ended by a null.
private func withCStrings<T>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T
) -> T {
    let copies = texts.map { Array($0.utf8CString) }
    func lend(_ index: Int, _ lent: [UnsafePointer<CChar>?]) -> T {
        guard index < copies.count else {
            return unsafe (lent + [nil]).withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else {
                    preconditionFailure("The list ends with a null.")
                }
                return unsafe body(start)
            }
        }
        return unsafe copies[index].withUnsafeBufferPointer { copy in
            unsafe lend(index + 1, lent + [copy.baseAddress])
        }
    }
    return unsafe lend(0, [])
}

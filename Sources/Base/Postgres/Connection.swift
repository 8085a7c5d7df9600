import CPostgres
import Glibc

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
    /// How long an answer may take, so that a server which fell silent holds nobody for ever.
    private let answerMax: Duration
    private var isAbandoned = false
    private var prepared: [String: PreparedStatement] = [:]
    /// From a statement's own limit, which the server keeps, to giving the server up.
    private static let grace: Duration = .seconds(5)
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
        answerMax = target.statementTimeout + Self.grace
        guard unsafe PQstatus(handle) == CONNECTION_OK else {
            throw unsafe PostgresError("connect", brokenOn: handle)
        }
        unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
        unsafe PQsetnonblocking(handle, 1)
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
    package var isUsable: Bool { unsafe !isAbandoned && PQstatus(handle) == CONNECTION_OK }

    /// True between `BEGIN` and the end of its transaction.
    package var isInTransaction: Bool {
        unsafe PQtransactionStatus(handle) != PQTRANS_IDLE
    }

    /// Runs SQL that binds nothing; several statements may stand in one text.
    /// - Parameter isLong: waits for as long as the server takes.
    /// - Returns: what the server says that the last of them did, such as `COMMIT`.
    @discardableResult
    package func execute(_ sql: String, isLong: Bool = false) throws(PostgresError) -> String {
        let isSent = unsafe PQsendQuery(handle, sql)
        return try answer("execute a statement", isSent, isLong ? nil : answerMax).tag
    }

    /// Ends the transaction, if one is open, and drops what it changed. A broken connection has none.
    package func rollBack() {
        guard isUsable, isInTransaction else { return }
        do throws(PostgresError) {
            try execute("ROLLBACK")
        } catch {
            isAbandoned = true
        }
    }

    /// Runs a statement with its parameters `$1`, `$2` …, and fetches the whole answer.
    package func run(_ sql: String, _ parameters: [Parameter]) throws(PostgresError) -> Answer {
        let statement = try statement(sql, parameters)
        precondition(statement.types.count == parameters.count, "Every parameter has a value.")
        let data = ParameterBytes(parameters)
        let isSent = unsafe data.withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(
                handle, statement.name, Int32(parameters.count), values, lengths, formats, 1)
        }
        do throws(PostgresError) {
            return try answer("run a statement", isSent, answerMax)
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
        let isSent = unsafe PQsendPrepare(handle, name, sql, Int32(stated.count), stated)
        _ = try answer("prepare a statement", isSent, answerMax)
        guard stated.contains(0) else {
            return PreparedStatement(name: name, stated: stated, types: stated)
        }
        let isAsked = unsafe PQsendDescribePrepared(handle, name)
        let types = try answer("describe a statement", isAsked, answerMax).parameterTypes
        return PreparedStatement(name: name, stated: stated, types: types)
    }

    // MARK: Answers

    /// The last answer to what was sent, or the first failure.
    /// - Parameter limit: the longest wait; nil waits for ever.
    private func answer(
        _ operation: String, _ isSent: Int32, _ limit: Duration?
    ) throws(PostgresError) -> Answer {
        guard isSent == 1 else { throw unsafe PostgresError(operation, nil, on: handle) }
        let end = limit.map { ContinuousClock.now + $0 }
        try flush(operation, until: end)
        var last: Answer?
        var failure: PostgresError?
        while let result = unsafe try nextResult(operation, until: end) {
            let answer = unsafe Answer(result)
            switch unsafe PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = answer
            default:
                if failure == nil { failure = unsafe PostgresError(operation, result, on: handle) }
            }
        }
        if let failure { throw failure }
        guard let last else { throw unsafe PostgresError(operation, brokenOn: handle) }
        return last
    }

    private func flush(
        _ operation: String, until end: ContinuousClock.Instant?
    ) throws(PostgresError) {
        while true {
            switch unsafe PQflush(handle) {
            case 0: return
            case 1: try wait(operation, for: POLLIN | POLLOUT, until: end)
            default: throw unsafe PostgresError(operation, brokenOn: handle)
            }
        }
    }

    /// Nil after the last.
    private func nextResult(
        _ operation: String, until end: ContinuousClock.Instant?
    ) throws(PostgresError) -> OpaquePointer? {
        while unsafe PQisBusy(handle) == 1 { try wait(operation, for: POLLIN, until: end) }
        return unsafe PQgetResult(handle)
    }

    /// Waits until the socket can be read or written, and reads what came.
    private func wait(
        _ operation: String, for events: Int32, until end: ContinuousClock.Instant?
    ) throws(PostgresError) {
        var limit: Int32 = -1
        if let end {
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else {
                isAbandoned = true
                throw PostgresError(
                    operation, kind: .unreachable, message: "the server fell silent")
            }
            limit = Int32(clamping: rest.components.seconds * 1_000 + 1_000)
        }
        var socket = pollfd(fd: unsafe PQsocket(handle), events: Int16(events), revents: 0)
        unsafe poll(&socket, 1, limit)
        guard unsafe PQconsumeInput(handle) == 1 else {
            throw unsafe PostgresError(operation, brokenOn: handle)
        }
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

import CPostgres

/// A failed call of PostgreSQL, with what a caller needs to decide and an operator needs to know.
///
/// `message` holds names of our own tables, columns and rules at most, never stored values.
package struct PostgresError: Error, Equatable, CustomStringConvertible {
    /// What a caller can act on; everything else about the failure is for people.
    package enum Kind: Sendable, Equatable {
        /// No server can be reached that takes writes, or the connection broke.
        case unreachable
        /// Another transaction was in the way: the same work, begun anew, may succeed at once.
        case conflict
        /// A lock was not to be had, or a statement ran longer than it may.
        case busy
        /// The server has too little of something: connections, memory.
        case overloaded
        case diskFull
        case readOnly
        case io
        case corrupt
        /// A `CHECK`, `UNIQUE`, `NOT NULL` or foreign key refused the row.
        case constraint
        /// A trigger refused the change: the only ones of this house close tables.
        case fenced
        /// A value over PostgreSQL's limits.
        case tooBig
        /// Wrong SQL or a wrong call: a mistake of ours.
        case other
    }

    /// The step that failed, in a few constant words.
    package let operation: String
    /// What a caller can act on.
    package let kind: Kind
    /// PostgreSQL's five characters for the fault; empty where the server said nothing.
    package let state: String
    /// PostgreSQL's own words.
    package let message: String

    init(_ operation: String, kind: Kind, state: String = "", message: String) {
        self.operation = operation
        self.kind = kind
        self.state = state
        self.message = message
    }

    /// One line for a log.
    package var description: String {
        "PostgreSQL could not \(operation): \(message) (state \(state.isEmpty ? "none" : state))"
    }

    /// Whether a statement was prepared for tables that a migration changed since.
    var isOfStalePlan: Bool { state == "0A000" || state == "26000" }

    /// What our own trigger raises; the standard leaves classes that begin with such letters free.
    package static let fenced = "CV001"

    /// - Source: PostgreSQL 15, appendix A, "PostgreSQL Error Codes".
    static func kind(ofState state: String) -> Kind {
        switch state {
        case "40001", "40P01": .conflict
        case "55P03", "57014", "25P03": .busy
        case "53100": .diskFull
        case "25006": .unreachable  // The server became a standby, or its successor was promoted.
        case "42501": .readOnly
        case PostgresError.fenced: .fenced
        case "58030": .io
        case "0A000", "26000": .conflict  // A plan from before a migration; it is made anew.
        default:
            switch state.prefix(2) {
            case "08": .unreachable
            case "57": .unreachable  // Shut down, crashed, starting.
            case "28", "3D": .unreachable
            case "23": .constraint
            case "40": .conflict
            case "53": .overloaded
            case "54": .tooBig
            case "58": .io
            case "XX": state == "XX000" ? .other : .corrupt
            default: .other
            }
        }
    }
}

extension PostgresError {
    /// What an answer tells, or, where the server sent none, the connection. Words about wrong values
    /// (class 22) may quote them: those are left out.
    init(_ operation: String, _ result: OpaquePointer?, on connection: OpaquePointer) {
        let state = unsafe Self.field(result, 0x43) ?? ""  // PG_DIAG_SQLSTATE, 'C'
        let isBroken = unsafe PQstatus(connection) != CONNECTION_OK
        let words = unsafe Self.field(result, 0x4D)  // PG_DIAG_MESSAGE_PRIMARY, 'M'
        let rule = unsafe Self.field(result, 0x6E)  // PG_DIAG_CONSTRAINT_NAME, 'n'
        let message =
            switch state.prefix(2) {
            case "22": "a value does not fit"
            case "23": rule.map { "the rule \($0) forbids it" } ?? words ?? "a rule forbids it"
            default: unsafe words ?? Self.words(of: connection)
            }
        self.init(
            operation, kind: isBroken ? .unreachable : Self.kind(ofState: state), state: state,
            message: message)
    }

    /// What a connection that could not be made, or broke, says. Its words name hosts and users, never
    /// passwords.
    init(_ operation: String, brokenOn connection: OpaquePointer) {
        unsafe self.init(
            operation, kind: .unreachable, message: Self.words(of: connection))
    }

    private static func field(_ result: OpaquePointer?, _ code: Int32) -> String? {
        guard let text = unsafe PQresultErrorField(result, code) else { return nil }
        return unsafe String(cString: text)
    }

    private static func words(of connection: OpaquePointer) -> String {
        guard let text = unsafe PQerrorMessage(connection) else { return "" }
        return unsafe String(cString: text).split(separator: "\n").joined(separator: "; ")
    }
}
